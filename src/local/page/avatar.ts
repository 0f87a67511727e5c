import { createHash } from 'node:crypto';

const SIZE = 5;

/** A picture for an account: five by five squares, mirrored, from the digest of its id. SVG. */
export function renderAvatar(id: string): string {
  const digest = createHash('sha256').update(id).digest();
  const hue = Math.round(((digest[0] ?? 0) / 255) * 359);
  const squares: string[] = [];
  for (let x = 0; x < 3; x += 1) {
    for (let y = 0; y < SIZE; y += 1) {
      if ((digest[1 + x * SIZE + y] ?? 0) < 128) continue;
      for (const column of new Set([x, SIZE - 1 - x]))
        squares.push(`M${column + 1} ${y + 1}h1v1h-1z`);
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 7 7" width="70" height="70"><rect width="7" height="7" fill="#f0f3f6"/><path fill="hsl(${hue},45%,50%)" d="${squares.join('')}"/></svg>`;
}
