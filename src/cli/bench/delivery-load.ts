import { createHmac } from 'node:crypto';
import type { LoadTimes, Pace } from './request-load.ts';
import { sendRequests } from './request-load.ts';

/** One signed delivery, ready to be written. */
export interface SignedDelivery {
  readonly event: string;
  readonly guid: string;
  readonly body: Buffer;
}

/** Where deliveries go, and with which secret they are signed. */
export interface Receiver {
  readonly url: string;
  readonly secret: string;
  /** What it answers when it takes one. */
  readonly status: number;
}

/** Send signed deliveries; signing is done before. Every one must be taken. */
export function sendDeliveries(
  receiver: Receiver,
  deliveries: readonly SignedDelivery[],
  pace: Pace,
): Promise<LoadTimes> {
  const requests = deliveries.map((delivery) => toRequest(receiver, delivery));
  return sendRequests(receiver, requests, pace);
}

function toRequest({ url, secret }: Receiver, { event, guid, body }: SignedDelivery): Buffer {
  const { host, pathname } = new URL(url);
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    'content-type: application/json',
    'user-agent: GitHub-Hookshot/bench',
    `content-length: ${body.length}`,
    `x-github-delivery: ${guid}`,
    `x-github-event: ${event}`,
    `x-hub-signature-256: ${signatureOf(body, secret)}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

/** The signature GitHub puts on a delivery: HMAC-SHA256 over its bytes. */
export function signatureOf(body: Uint8Array, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}
