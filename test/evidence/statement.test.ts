import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildManifest } from '#evidence/statement/build-manifest.ts';
import { buildStatement, manifestName } from '#evidence/statement/build-statement.ts';
import { keyIdOf, openEnvelope, preAuthEncoding, signEnvelope } from '#evidence/statement/dsse.ts';
import { bundleName, verifyEvidence } from '#evidence/statement/verify-evidence.ts';
import { canonicalJson } from '#model/canonical-json.ts';
import type { Manifest } from '#model/evidence.ts';
import { headSha, manifestParts, verdict } from './a-change.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const signer = { serverUrl: 'https://github.com', verifierId: 'https://sallyport.test' };

const subjects = new Map<string, Uint8Array>([
  ['verify.json', Buffer.from('{"schema":"sallyport/verify/v1"}')],
  ['tests/head-head.json', Buffer.from('{"tests":[]}')],
  ['ui/home/desktop/after.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2])],
  ['agent/agent.log', Buffer.from('I did it\n')],
]);

/** An evidence folder, signed, with what a case makes of the manifest before. */
function sign(more: { readonly change?: (manifest: Manifest) => Manifest; key?: KeyObject } = {}) {
  const honest = buildManifest(manifestParts(subjects));
  const manifest = more.change?.(honest) ?? honest;
  const envelope = signEnvelope(buildStatement(manifest, signer), more.key ?? privateKey);
  return new Map(subjects)
    .set(manifestName, Buffer.from(canonicalJson(manifest)))
    .set(
      bundleName,
      Buffer.from(`${canonicalJson({ ...envelope, signatures: [...envelope.signatures] })}\n`),
    );
}

function stepOf(outcome: ReturnType<typeof verifyEvidence>) {
  return outcome.ok ? 'accepted' : outcome.refusal.step;
}

describe('preAuthEncoding', () => {
  it('gives the bytes that the DSSE specification gives', () => {
    const body = Buffer.from('hello world');
    const encoded = preAuthEncoding('http://example.com/HelloWorld', body);
    expect(encoded.toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('counts bytes, not characters', () => {
    expect(preAuthEncoding('ü', Buffer.from('ß')).toString()).toBe('DSSEv1 2 ü 2 ß');
  });
});

describe('openEnvelope', () => {
  const envelope = signEnvelope('{"a":1}', privateKey);
  const [signature] = envelope.signatures;

  it('gives back what was signed', () => {
    expect(openEnvelope(envelope, publicKey)).toEqual({ ok: true, value: '{"a":1}' });
  });

  it('names keys by the SHA-256 of their SubjectPublicKeyInfo, either half', () => {
    const der = publicKey.export({ type: 'spki', format: 'der' });
    expect(keyIdOf(publicKey)).toBe(createHash('sha256').update(der).digest('hex'));
    expect(keyIdOf(privateKey)).toBe(keyIdOf(publicKey));
  });

  const base64 = (text: string) => Buffer.from(text).toString('base64');
  it.each<[string, unknown]>([
    ['another payload', { ...envelope, payload: base64('{"a":2}') }],
    ['another payload type', { ...envelope, payloadType: 'application/json' }],
    ['no signature', { ...envelope, signatures: [] }],
    ['its signature twice', { ...envelope, signatures: [signature, signature] }],
    [
      'another key’s name',
      { ...envelope, signatures: [{ ...signature, keyid: keyIdOf(other.publicKey) }] },
    ],
    ['no key’s name', { ...envelope, signatures: [{ sig: signature?.sig }] }],
    ['an empty signature', { ...envelope, signatures: [{ ...signature, sig: '' }] }],
    ['white space in its base64', { ...envelope, payload: `${envelope.payload}\n` }],
    ['base64 of the URL alphabet', { ...envelope, signatures: [{ ...signature, sig: '__-_' }] }],
    ['a member besides', { ...envelope, certificate: 'x' }],
    [
      'a signature of the bare payload',
      {
        ...envelope,
        signatures: [{ ...signature, sig: base64('x'.repeat(64)) }],
      },
    ],
    ['no form at all', 'envelope'],
    ['nothing', undefined],
  ])('refuses an envelope with %s', (_what, spoilt) => {
    expect(openEnvelope(spoilt, publicKey).ok).toBe(false);
  });

  it('refuses an envelope of another key, even under this key’s name', () => {
    const foreign = signEnvelope('{"a":1}', other.privateKey);
    expect(openEnvelope(foreign, publicKey).ok).toBe(false);
    const renamed = foreign.signatures.map((one) => ({ ...one, keyid: keyIdOf(publicKey) }));
    expect(openEnvelope({ ...foreign, signatures: renamed }, publicKey).ok).toBe(false);
    expect(openEnvelope(foreign, other.publicKey).ok).toBe(true);
  });
});

describe('buildManifest', () => {
  it('lists every file once, sorted, with its hash, its kind and who could have forged it', () => {
    const { files } = buildManifest(manifestParts(subjects));
    expect(files.map(({ path, mediaType, trust }) => [path, mediaType, trust])).toEqual([
      ['agent/agent.log', 'text/plain', 'agent'],
      ['tests/head-head.json', 'application/json', 'verifier'],
      ['ui/home/desktop/after.png', 'image/png', 'subject'],
      ['verify.json', 'application/json', 'verifier'],
    ]);
    const log = createHash('sha256').update('I did it\n').digest('hex');
    expect(files[0]).toMatchObject({ sha256: log, bytes: 9 });
  });

  it('text:hostile: has a canonical form whatever a test is called', () => {
    const name = 'half a \ud83d';
    const manifest = buildManifest(
      manifestParts(subjects, {
        verdict: {
          ...verdict,
          redGreen: [{ command: 'test', name }],
          missing: [{ property: 'RED_PROVEN', because: name }],
          findings: [{ id: 'x', severity: 'warn', path: name, line: null, sentence: name }],
        },
      }),
    );
    expect(canonicalJson(manifest)).toContain('half a \ufffd');
  });
});

describe('buildStatement', () => {
  it('names the commit, the manifest, the policy at the base, and shown properties alone', () => {
    const statement = JSON.parse(buildStatement(buildManifest(manifestParts(subjects)), signer));
    expect(statement).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [
        { name: 'git+https://github.com/octo/shop', digest: { gitCommit: headSha } },
        { name: 'manifest.json' },
      ],
      predicateType: 'https://in-toto.io/attestation/svr/v0.2',
      predicate: {
        properties: [
          'SALLYPORT_HEAD_TESTS_PASSED',
          'SALLYPORT_RED_PROVEN',
          'SALLYPORT_NO_PROTECTED_PATH',
        ],
      },
    });
  });

  it('policy:from-base: names the policy file at the base commit', () => {
    const statement = buildStatement(buildManifest(manifestParts(subjects)), signer);
    expect(statement).toContain(`octo/shop@${'b'.repeat(40)}#.github/sallyport.yml`);
  });
});

describe('verifyEvidence', () => {
  it('accepts what was signed, for the head and the repository it is about', () => {
    const outcome = verifyEvidence(sign(), publicKey, { headSha, repositoryId: 7 });
    expect(outcome.ok && outcome.value.manifest.verdict.result).toBe('proven');
    expect(outcome.ok && outcome.value.manifest).toEqual(buildManifest(manifestParts(subjects)));
  });

  it.each([
    ['another head', { headSha: 'd'.repeat(40) }],
    ['another repository', { repositoryId: 8 }],
  ])('refuses evidence for %s', (_what, expected) => {
    expect(stepOf(verifyEvidence(sign(), publicKey, expected))).toBe('subject');
  });

  it('refuses evidence of another key', () => {
    expect(stepOf(verifyEvidence(sign({ key: other.privateKey }), publicKey))).toBe('signature');
    expect(stepOf(verifyEvidence(sign({ key: other.privateKey }), other.publicKey))).toBe(
      'accepted',
    );
  });

  it.each([...subjects.keys(), manifestName, bundleName])('refuses a folder without %s', (path) => {
    const files = sign();
    files.delete(path);
    expect(verifyEvidence(files, publicKey).ok).toBe(false);
  });

  it('refuses a file that was not signed, a copy under another name, and a swap', () => {
    expect(stepOf(verifyEvidence(sign().set('extra.log', Buffer.from('x')), publicKey))).toBe(
      'files',
    );
    expect(stepOf(verifyEvidence(sign().set('verify.json ', Buffer.from('x')), publicKey))).toBe(
      'files',
    );
    const swapped = sign()
      .set('verify.json', subjects.get('tests/head-head.json') ?? Buffer.of())
      .set('tests/head-head.json', subjects.get('verify.json') ?? Buffer.of());
    expect(stepOf(verifyEvidence(swapped, publicKey))).toBe('files');
  });

  it('refuses the manifest of one evidence beside the bundle of another', () => {
    const later = sign({ change: (one) => ({ ...one, createdAt: '2026-11-22T11:00:00.000Z' }) });
    const mixed = sign().set(manifestName, later.get(manifestName) ?? Buffer.of());
    expect(stepOf(verifyEvidence(later, publicKey))).toBe('accepted');
    expect(stepOf(verifyEvidence(mixed, publicKey))).toBe('manifest');
  });

  it('refuses a signed manifest that names a file twice', () => {
    const files = sign({ change: (one) => ({ ...one, files: [...one.files, ...one.files] }) });
    expect(stepOf(verifyEvidence(files, publicKey))).toBe('files');
  });

  it.each([
    ['a statement of another kind', { predicateType: 'https://slsa.dev/provenance/v1' }],
    ['a statement with a member besides', { note: 'approved' }],
    ['a statement without a predicate', { predicate: undefined }],
  ])('refuses %s, signed as it is', (_what, more) => {
    const honest = JSON.parse(buildStatement(buildManifest(manifestParts(subjects)), signer));
    const envelope = signEnvelope(canonicalJson({ ...honest, ...more }), privateKey);
    const bundle = canonicalJson({ ...envelope, signatures: [...envelope.signatures] });
    expect(stepOf(verifyEvidence(sign().set(bundleName, Buffer.from(bundle)), publicKey))).toBe(
      'predicate',
    );
  });

  it('refuses a signed statement that says a key twice', () => {
    const text = buildStatement(buildManifest(manifestParts(subjects)), signer);
    const double = text.replace('{"_type"', '{"_type":"other","_type"');
    const envelope = signEnvelope(double, privateKey);
    const bundle = canonicalJson({ ...envelope, signatures: [...envelope.signatures] });
    expect(stepOf(verifyEvidence(sign().set(bundleName, Buffer.from(bundle)), publicKey))).toBe(
      'predicate',
    );
  });

  it.each([
    ['a number that JSON cannot carry', '1e999'],
    ['a lone surrogate', '"\\ud800"'],
    ['a nest without end', '['.repeat(100_000)],
    ['a closed nest', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['two lines', '{}\n{}'],
    ['nothing', ''],
  ])('refuses a bundle of %s without throwing', (_what, text) => {
    const files = sign().set(bundleName, Buffer.from(text));
    expect(stepOf(verifyEvidence(files, publicKey))).toBe('signature');
  });

  it('refuses a bundle that is spelled another way', () => {
    const text = Buffer.from(sign().get(bundleName) ?? '').toString();
    const spaced = sign().set(bundleName, Buffer.from(text.replace('{', '{ ')));
    const doubled = sign().set(bundleName, Buffer.from(text.replace('{', '{"payload":"x",')));
    expect(stepOf(verifyEvidence(spaced, publicKey))).toBe('signature');
    expect(stepOf(verifyEvidence(doubled, publicKey))).toBe('signature');
  });

  it('evidence:recomputed: finds any changed byte in any file, the manifest or the bundle', () => {
    const signed = sign();
    expect(verifyEvidence(signed, publicKey).ok).toBe(true);
    const bytes = [...signed].flatMap(([path, content]) =>
      Array.from({ length: content.length }, (_one, at) => ({ path, at })),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...bytes),
        fc.integer({ min: 1, max: 255 }),
        ({ path, at }, mask) => {
          const content = Buffer.from(signed.get(path) ?? []);
          content[at] = (content[at] ?? 0) ^ mask;
          return !verifyEvidence(new Map(signed).set(path, content), publicKey).ok;
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('evidence:recomputed: finds any byte taken from or added to the end of any file', () => {
    const signed = sign();
    for (const [path, content] of signed) {
      const longer = new Map(signed).set(path, Buffer.concat([content, Buffer.from(' ')]));
      expect(verifyEvidence(longer, publicKey).ok).toBe(false);
      if (path === bundleName) continue; // its line end is all that may be missing
      const shorter = new Map(signed).set(path, content.subarray(0, -1));
      expect(verifyEvidence(shorter, publicKey).ok).toBe(false);
    }
  });
});
