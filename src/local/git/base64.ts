/**
 * Whether a text is base64, line breaks allowed: Node's own decoder takes anything and drops what it
 * does not know, which would store other bytes than were sent.
 */
export function isBase64(text: string): boolean {
  const packed = text.replace(/\s+/g, '');
  return packed.length % 4 !== 1 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed);
}
