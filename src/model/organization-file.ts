import type { Sha256 } from './digest.ts';

/** The repository whose root says what binds every repository of its owner. */
export const organizationRepository = '.github';
/** Where the owner's policy lies in it, the first that is there. */
export const organizationPaths = ['sallyport.yml', '.github/sallyport.yml'] as const;

/** The owner's policy as one look finds it. */
export type OrganizationFile =
  /** The repository was seen; without a file nothing is asked of anybody. */
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'found';
      readonly path: string;
      /** The commit it was read at. */
      readonly sha: string;
      readonly text: string;
      /** Of the file's bytes. */
      readonly sha256: Sha256;
    }
  /** There is a file, and it is not text that can be read whole. */
  | { readonly kind: 'unreadable'; readonly path: string }
  /** There is no such repository, or it is private and the App is not installed on it. */
  | { readonly kind: 'hidden' };

/** The digest of what there is to read; null when there is nothing. */
export function organizationSha256(file: OrganizationFile): Sha256 | null {
  return file.kind === 'found' ? file.sha256 : null;
}
