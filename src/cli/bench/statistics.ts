/** A percentile of samples, by the nearest rank; 0 for none. */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1);
  return round(sorted[rank] ?? 0);
}

/** Three significant decimals are enough for a figure. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** One figure over another, or 0 where there is nothing to divide by. */
export function ratio(figure: number, baseline: number): number {
  return baseline === 0 ? 0 : round(figure / baseline);
}
