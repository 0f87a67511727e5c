/** What a measurement says: figures of ours, the same for a baseline of the same run, and ratios. */
export interface Measurement {
  readonly figures: Readonly<Record<string, number>>;
  readonly baseline: Readonly<Record<string, number>>;
  readonly ratios: Readonly<Record<string, number>>;
  /** Members that stand at the document's top level beside these. */
  readonly more?: Readonly<Record<string, unknown>>;
}
