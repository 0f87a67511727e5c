/**
 * Characters that people do not see and machines do: bidi controls, zero-width characters, tags,
 * variation selectors, fillers, interlinear marks (attacks C5, C6; Unicode TR 36 §3).
 */
const invisible = /[\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb]/gu;

/** Control characters but tab and line feed; carriage returns go too. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is what this is for
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Hostile text made visible: invisible and control characters out, line ends plain, well-formed. */
export function visibleText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, '\n').replace(invisible, '').replace(control, '');
}

/** At most `max` characters, the cut said in the text itself. */
export function capText(text: string, max: number): string {
  return text.length <= max
    ? text
    : `${text.slice(0, max).toWellFormed()}… [${text.length - max} more characters]`;
}

/** Text for HTML: element content and double-quoted attributes (WHATWG HTML §13.3). */
export function escapeHtml(text: string): string {
  return visibleText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
