import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { searchPath } from './process.ts';

/** Where a program is on this machine, links resolved; null when it is not on PATH. */
export function findProgram(name: string): string | null {
  for (const folder of searchPath().split(delimiter)) {
    if (!folder.startsWith('/')) continue;
    try {
      accessSync(join(folder, name), constants.X_OK);
      return realpathSync(join(folder, name));
    } catch {
      // Not here: the next folder.
    }
  }
  return null;
}
