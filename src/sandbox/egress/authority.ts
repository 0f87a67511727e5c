// The certificate authority of one sandbox. Its key is in memory only and dies with the gate.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { bitString, integer, objectId, octetString, sequence, tagged, utcTime } from './der.ts';

/** Signs for hosts whose calls the gate reads. */
export interface Authority {
  /** The authority's own certificate in PEM, which the sandbox is made to trust. */
  readonly certificate: string;
  /** A certificate for one host, made once and kept. */
  readonly contextFor: (host: string) => SecureContext;
}

/** Longer than a job may take (six hours); clocks may differ by an hour. */
const validMs = 24 * 3_600_000;
const skewMs = 3_600_000;

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));

/** Make one. ECDSA P-256: a key takes a millisecond, and every tried tool accepts it. */
export function createAuthority(nowMs: number): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // One key for all hosts: what matters is who signs, and that is made anew for each sandbox.
  const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = `Sallyport sandbox ${randomBytes(6).toString('hex')}`;
  const issue = (subject: string, key: KeyObject, extensions: readonly Buffer[]) =>
    toPem(certificate({ nowMs, issuer: name, subject, key, signer: own.privateKey, extensions }));
  const ownId = keyId(own.publicKey);
  const root = issue(name, own.publicKey, [
    extension('2.5.29.19', sequence(tagged(0x01, Buffer.from([0xff])), integer(Buffer.from([0])))),
    extension('2.5.29.15', tagged(0x03, Buffer.from([2, 0x04]))),
    extension('2.5.29.14', octetString(ownId), false),
  ]);
  const leafKey = leaf.privateKey.export({ type: 'pkcs8', format: 'pem' });
  const contexts = new Map<string, SecureContext>();
  return {
    certificate: root,
    contextFor(host) {
      const known = contexts.get(host);
      if (known) return known;
      const cert = issue('sallyport', leaf.publicKey, leafExtensions(host, leaf.publicKey, ownId));
      const context = createSecureContext({ key: leafKey, cert: `${cert}${root}` });
      contexts.set(host, context);
      return context;
    },
  };
}

/** Strict readers (Python 3.13) want the key identifiers too (RFC 5280 §4.2.1.1). */
function leafExtensions(host: string, key: KeyObject, issuerId: Buffer): readonly Buffer[] {
  return [
    extension('2.5.29.17', sequence(tagged(0x82, Buffer.from(host))), false),
    extension('2.5.29.15', tagged(0x03, Buffer.from([7, 0x80]))),
    extension('2.5.29.37', sequence(objectId('1.3.6.1.5.5.7.3.1')), false),
    extension('2.5.29.19', sequence()),
    extension('2.5.29.14', octetString(keyId(key)), false),
    extension('2.5.29.35', sequence(tagged(0x80, issuerId)), false),
  ];
}

/** RFC 5280 §4.1. */
function certificate(order: {
  readonly nowMs: number;
  readonly issuer: string;
  readonly subject: string;
  readonly key: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
}): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    ecdsaWithSha256,
    distinguishedName(order.issuer),
    sequence(utcTime(order.nowMs - skewMs), utcTime(order.nowMs + validMs)),
    distinguishedName(order.subject),
    order.key.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...order.extensions)),
  );
  return sequence(body, ecdsaWithSha256, bitString(sign('sha256', body, order.signer)));
}

function distinguishedName(common: string): Buffer {
  const attribute = sequence(objectId('2.5.4.3'), tagged(0x0c, Buffer.from(common)));
  return sequence(tagged(0x31, attribute));
}

function extension(id: string, value: Buffer, critical = true): Buffer {
  const flag = critical ? [tagged(0x01, Buffer.from([0xff]))] : [];
  return sequence(objectId(id), ...flag, octetString(value));
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
