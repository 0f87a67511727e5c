/** Who made a commit, and when (ISO 8601; now, when absent). */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly date?: string;
}

/** Who GitHub names as committer of what it makes itself. */
export const GITHUB: Signature = { name: 'GitHub', email: 'noreply@github.com' };

/** The line git stores: `Name <email> seconds +0000`. Signs that would end a field are dropped. */
export function formatSignature(signature: Signature): string {
  const milliseconds = signature.date === undefined ? Date.now() : Date.parse(signature.date);
  const seconds = Math.floor((Number.isNaN(milliseconds) ? Date.now() : milliseconds) / 1000);
  return `${clean(signature.name) || 'unknown'} <${clean(signature.email)}> ${Math.max(0, seconds)} +0000`;
}

/** The parts of such a line; an empty signature at the epoch for one that is not. */
export function parseSignature(line: string): Required<Signature> {
  const [, name = '', email = '', seconds = '0'] = /^(.*?) ?<([^>]*)> (\d{1,12})/.exec(line) ?? [];
  const date = new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z');
  return { name, email, date };
}

function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is dropped.
  return text.replace(/[<>\u0000-\u001f]/g, '').trim();
}
