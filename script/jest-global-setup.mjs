import { prepareTestRelease } from '../test/fake/release.ts';
import { prepareTestStore } from '../test/fake/store.ts';

/** Jest calls this once, before any test file, in its own process: what all files share is made here. */
export default async function prepare() {
  await Promise.all([prepareTestStore(), prepareTestRelease()]);
}
