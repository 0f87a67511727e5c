// Pure: the JSON values of an answer as its bytes come, whatever the chunks.

/** Longer than any event that tells usage, the last one of a response with all of its text included. */
export const valueBytesMax = 8_000_000;

/** Takes bytes as they come; values are told as soon as they are whole. */
export interface ValueReader {
  push(bytes: Uint8Array): void;
  /** No more bytes come. */
  end(): void;
}

/** A reader for this type of content: an event stream (WHATWG HTML §9.2), or one JSON document. */
export function readValues(
  contentType: string | undefined,
  onValue: (value: unknown) => void,
): ValueReader {
  return /^text\/event-stream\b/i.test(contentType ?? '')
    ? readEvents(onValue)
    : readDocument(onValue);
}

function readEvents(onValue: (value: unknown) => void): ValueReader {
  const decoder = new TextDecoder();
  let line = '';
  let data = '';
  let isTooLong = false;
  const take = (text: string) => {
    if (text.startsWith('data:')) data += `${data === '' ? '' : '\n'}${text.slice(5).trimStart()}`;
    if (data.length > valueBytesMax) isTooLong = true;
    if (isTooLong) data = '';
    if (text !== '') return;
    if (!isTooLong) tell(data, onValue);
    data = '';
    isTooLong = false;
  };
  const feed = (text: string) => {
    const lines = `${line}${text}`.split('\n');
    line = lines.pop() ?? '';
    for (const one of lines) take(one.replace(/\r$/, ''));
    // What has no end is not kept: it is no event that we need.
    if (line.length > valueBytesMax) {
      line = '';
      isTooLong = true;
    }
  };
  return {
    push: (bytes) => feed(decoder.decode(bytes, { stream: true })),
    end: () => feed(`${decoder.decode()}\n\n`),
  };
}

/** A document, or a list of what would have been events (Gemini without `alt=sse`). */
function readDocument(onValue: (value: unknown) => void): ValueReader {
  const pieces: Uint8Array[] = [];
  let size = 0;
  return {
    push: (bytes) => {
      size += bytes.length;
      if (size <= valueBytesMax) pieces.push(Uint8Array.from(bytes));
      else pieces.length = 0;
    },
    end: () => {
      if (size > valueBytesMax) return;
      tell(new TextDecoder().decode(Buffer.concat(pieces)), (value) => {
        for (const one of Array.isArray(value) ? value : [value]) onValue(one);
      });
      pieces.length = 0;
    },
  };
}

/** Text that is no JSON (`[DONE]`) tells nothing. */
function tell(text: string, onValue: (value: unknown) => void): void {
  if (text === '') return;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  onValue(value);
}
