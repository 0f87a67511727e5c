// docs.github.com, "Skipping workflow runs".
const WORDS = /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]/;
// The last trailer of a message, in a section of its own after two empty lines.
const TRAILER = /\n\n\n(?:[\w-]+:[^\n]*\n)*skip-checks: ?true\s*$/;

/** Whether a commit's message asks for no runs; it is heard for `push` and `pull_request` alone. */
export function asksToSkip(message: string): boolean {
  const text = message.replaceAll('\r\n', '\n');
  return WORDS.test(text) || TRAILER.test(text);
}
