import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** When a limit of the whole run is reached. */
export const spentHint = 'this run has made more calls, or passed more bytes, than a run may';

/** Answer a request that does not pass, with the rule and what would help. */
export function answerRefusal(
  response: ServerResponse,
  status: number,
  rule: string,
  hint: string,
): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(refusalLine(rule, hint));
}

/** The same on a socket that has no response of its own. */
export function refuseRaw(socket: Socket, status: number, rule: string, hint: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = refusalLine(rule, hint);
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
  socket.destroySoon();
}

function refusalLine(rule: string, hint: string): string {
  return `${JSON.stringify({ error: 'egress_refused', rule, hint })}\n`;
}
