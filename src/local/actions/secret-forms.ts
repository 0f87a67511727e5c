// A form that is shorter than this says nothing of the secret, and hiding it would hide the log.
const FORM_CHARACTERS_MIN = 4;

/**
 * The forms a secret takes when a tool encodes it: in JSON, a URL, XML, an expression, and in base64
 * wherever it starts in a longer text (`base64(user:password)`). GitHub's runner hides these, too.
 */
export function secretForms(value: string): readonly string[] {
  const forms = [
    JSON.stringify(value).slice(1, -1),
    escapeUri(value),
    escapeXml(value),
    value.replaceAll("'", "''"),
    ...(/^".{7,}"$/s.test(value) ? [value.slice(1, -1)] : []),
    ...[0, 1, 2].flatMap((shift) => base64Forms(Buffer.from(value).subarray(shift))),
  ];
  const long = forms.filter((form) => form !== value && form.length >= FORM_CHARACTERS_MIN);
  return [...new Set(long)];
}

// Three bytes are four characters. What follows the secret changes only characters that it shares
// with it, so the ones before are hidden as well: `echo secret | base64` ends with a line break.
function base64Forms(bytes: Buffer): readonly string[] {
  return (['base64', 'base64url'] as const).flatMap((encoding) => {
    const whole = bytes.toString(encoding);
    return [whole, whole.slice(0, Math.floor((bytes.length * 8) / 6))];
  });
}

// RFC 3986: encodeURIComponent leaves five reserved characters as they are.
function escapeUri(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const XML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escapeXml(value: string): string {
  return value.replaceAll(/[&<>"']/g, (each) => XML[each] ?? each);
}
