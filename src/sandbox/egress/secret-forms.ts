// Pure: how a server might show a credential that it was sent.

/** Shorter ones stand in any text by chance. */
const charactersMin = 8;

/**
 * The texts that give a header's credential away: as it is, in hex, percent-encoded, and in base64
 * wherever it stands in what was encoded (three alignments, both alphabets). Of `Basic` what it
 * holds, too: the pair and the password (RFC 7617 §2). The scheme is no secret.
 */
export function secretForms(value: string): readonly string[] {
  const [, scheme = '', bare = value] = /^(Bearer|Basic|token) (.*)$/is.exec(value) ?? [];
  const pair = scheme.toLowerCase() === 'basic' ? Buffer.from(bare, 'base64').toString() : '';
  const password = pair.slice(pair.indexOf(':') + 1);
  const secrets = [bare, pair, password].filter((one) => one.length >= charactersMin);
  return [...new Set(secrets.flatMap(formsOf))].filter((one) => one.length >= charactersMin);
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((before) => inBase64(bytes, before));
  const urlSafe = base64.map((one) => one.replaceAll('+', '-').replaceAll('/', '_'));
  return [secret, encodeURIComponent(secret), bytes.toString('hex'), ...base64, ...urlSafe];
}

/** The characters that do not depend on what stands before and after (RFC 4648 §4: 6 bits each). */
function inBase64(bytes: Buffer, before: number): string {
  const whole = Buffer.concat([Buffer.alloc(before), bytes]);
  const from = Math.ceil((before * 8) / 6);
  return whole.toString('base64').slice(from, Math.floor((whole.length * 8) / 6));
}
