import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import type { UnzipLimits } from '#evidence/artifact/unzip-safely.ts';
import { unzipSafely } from '#evidence/artifact/unzip-safely.ts';
import { evidenceLimits, evidencePath } from '#model/evidence.ts';
import { type Member, makeZip } from './make-zip.ts';

const limits: UnzipLimits = { ...evidenceLimits, path: evidencePath };

function unzip(members: readonly Member[], more: Partial<UnzipLimits> = {}) {
  return unzipSafely(makeZip(members), { ...limits, ...more });
}

function reasonOf(outcome: ReturnType<typeof unzipSafely>) {
  return outcome.ok ? 'accepted' : outcome.refusal.reason;
}

const honest: Member = { name: 'tests/head-head.json', text: '{"ok":true}' };

describe('unzipSafely', () => {
  it('reads what another writer of archives wrote', () => {
    const files = { 'verify.json': strToU8('{}'), 'ui/home/a.png': new Uint8Array([0, 255, 7]) };
    const outcome = unzipSafely(zipSync(files, { level: 6 }), limits);
    expect(outcome.ok && Object.fromEntries(outcome.value)).toEqual(files);
  });

  it('reads stored and deflated members, and passes over folders', () => {
    const outcome = unzip([
      { name: 'tests/', isStored: true },
      honest,
      { name: 'empty.log', isStored: true },
    ]);
    expect(outcome.ok && [...outcome.value.keys()]).toEqual(['tests/head-head.json', 'empty.log']);
    const content = outcome.ok ? outcome.value.get(honest.name) : undefined;
    expect(Buffer.from(content ?? []).toString()).toBe(honest.text);
  });

  it.each([
    ['a way up', '../escape.json'],
    ['a way up in the middle', 'tests/../../escape.json'],
    ['an absolute path', '/etc/passwd'],
    ['a drive', 'c:/windows/file.json'],
    ['a backslash', 'tests\\file.json'],
    ['a way up with backslashes', '..\\escape.json'],
    ['a NUL', 'verify.json\0.png'],
    ['a line feed', 'verify.json\n'],
    ['a capital that another disk takes for a small letter', 'Verify.json'],
    ['a hidden file', '.git'],
    ['a letter beyond ASCII', 'tests/é.json'],
    ['no name', ''],
    ['a folder that leads up', '../'],
    ['an absolute folder', '/etc/'],
    ['a bare slash', '/'],
  ])('refuses %s, and reads the honest file beside it alone', (_what, name) => {
    expect(reasonOf(unzip([honest, { name, isStored: true }]))).toBe('path');
    expect(reasonOf(unzip([honest]))).toBe('accepted');
  });

  it.each([
    ['a symbolic link', { name: 'link', text: '/etc/passwd', mode: 0o120777 }],
    ['a device', { name: 'disk', mode: 0o060644 }],
    ['a pipe', { name: 'pipe', mode: 0o010644 }],
    ['a file that is called a folder', { name: 'tests/', text: 'x', mode: 0o100644 }],
    ['a folder that is called a file', { name: 'tests', mode: 0o040755 }],
    ['a link that is called a folder', { name: 'tests/', text: '/etc', mode: 0o120777 }],
  ])('refuses %s', (_what, member) => {
    expect(reasonOf(unzip([honest, member]))).toBe('kind');
  });

  it('refuses a name twice, as file and as folder too', () => {
    expect(reasonOf(unzip([honest, { ...honest, text: 'other' }]))).toBe('duplicate');
    expect(
      reasonOf(
        unzip([
          { name: 'a', isStored: true },
          { name: 'a/', isStored: true },
        ]),
      ),
    ).toBe('duplicate');
  });

  it('refuses what is too many, too large in one, or too large together', () => {
    const two = [honest, { ...honest, name: 'other.json' }];
    expect(reasonOf(unzip(two, { filesMax: 1 }))).toBe('too_large');
    expect(reasonOf(unzip(two, { fileBytesMax: 10 }))).toBe('too_large');
    expect(reasonOf(unzip(two, { bytesMax: 21 }))).toBe('too_large');
    expect(reasonOf(unzip(two, { filesMax: 2, fileBytesMax: 11, bytesMax: 22 }))).toBe('accepted');
  });

  it('refuses an archive that unpacks to far more than its size', () => {
    const zeros = { name: 'zeros.bin', text: new Uint8Array(11_000_000) };
    expect(reasonOf(unzip([zeros]))).toBe('too_large');
    expect(reasonOf(unzip([zeros], { ratioMax: 2000 }))).toBe('accepted');
  });

  it('refuses a bomb that promises to be small', () => {
    const bomb = { name: 'bomb.bin', text: new Uint8Array(20_000_000), bytes: 100 };
    expect(reasonOf(unzip([bomb]))).toBe('malformed');
  });

  it.each([
    ['fewer bytes than promised', { bytes: 400 }],
    ['more bytes than promised', { bytes: 4 }],
    ['another checksum', { crc: 1 }],
    ['a stored length that is not its own', { isStored: true, bytes: 4 }],
    ['another name in its own header', { localName: 'tests/head-base.json' }],
    ['a longer name in its own header', { localName: 'tests/head-head.json2' }],
    ['encryption', { flags: 1 }],
    ['a compression that nobody uses', { method: 12 }],
  ])('refuses a member with %s', (_what, lie) => {
    expect(reasonOf(unzip([{ ...honest, ...lie }]))).toBe('malformed');
  });

  it.each([
    ['nothing', (_zip: Buffer) => Buffer.alloc(0)],
    ['its first half', (zip: Buffer) => zip.subarray(0, zip.length / 2)],
    ['all but the last byte', (zip: Buffer) => zip.subarray(0, -1)],
    ['a byte after the end', (zip: Buffer) => Buffer.concat([zip, Buffer.from([0])])],
    ['a second archive after the end', (zip: Buffer) => Buffer.concat([zip, zip])],
    ['bytes before the start', (zip: Buffer) => Buffer.concat([Buffer.from('#!/bin/sh\n'), zip])],
  ])('refuses %s', (_what, spoil) => {
    expect(reasonOf(unzipSafely(spoil(makeZip([honest])), limits))).toBe('malformed');
  });

  it('refuses a false count, and two members that share their bytes', () => {
    expect(reasonOf(unzipSafely(makeZip([honest], { count: 2 }), limits))).toBe('malformed');
    expect(reasonOf(unzipSafely(makeZip([honest, honest], { count: 1 }), limits))).toBe(
      'malformed',
    );
    const zip = makeZip([
      { name: 'a', text: 'same', isStored: true },
      { name: 'a', text: 'same', isStored: true },
    ]);
    const offset = zip.length - 22 - 47 + 42; // the second entry's local header, sent to the first
    zip.writeUInt32LE(0, offset);
    const outcome = unzipSafely(zip, limits);
    expect(outcome.ok ? '' : outcome.refusal.sentence).toMatch(/share bytes/);
  });

  it('never throws on a byte changed anywhere, and never reads another content', () => {
    const zip = makeZip([honest, { name: 'a.log', text: 'plain', isStored: true }]);
    const known = new Map([
      [honest.name, '{"ok":true}'],
      ['a.log', 'plain'],
    ]);
    fc.assert(
      fc.property(fc.nat(zip.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const spoilt = Buffer.from(zip);
        spoilt[at] = (spoilt[at] ?? 0) ^ mask;
        const outcome = unzipSafely(spoilt, limits);
        const contents = outcome.ok ? [...outcome.value.values()] : [];
        const allowed = [...known.values(), ''];
        return contents.every((one) => allowed.includes(Buffer.from(one).toString()));
      }),
      { numRuns: 1000 },
    );
  });

  it('never throws on bytes that are no archive', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => !unzipSafely(bytes, limits).ok),
    );
  });
});
