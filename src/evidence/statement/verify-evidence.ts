// Pure: what `sallyport evidence verify` and every other reader of evidence does, in this order.
import type { KeyObject } from 'node:crypto';
import { canonicalJson } from '#model/canonical-json.ts';
import { sha256 } from '#model/digest.ts';
import { evidenceLimits, type Manifest, manifestSchema } from '#model/evidence.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import { manifestName, predicateType, type Statement, statementSchema } from './build-statement.ts';
import { openEnvelope } from './dsse.ts';

/** The file beside the manifest that holds the envelope, one a line. */
export const bundleName = 'bundle.intoto.jsonl';

/** Evidence that is whole and signed. */
export interface VerifiedEvidence {
  readonly manifest: Manifest;
  readonly statement: Statement;
}

/** Why a folder is not evidence. */
export interface VerifyRefusal {
  readonly step: 'signature' | 'predicate' | 'subject' | 'manifest' | 'files';
  readonly sentence: string;
}

/** What a reader expects besides; whatever is left out is not compared. */
export interface Expected {
  readonly headSha?: string;
  readonly repositoryId?: number;
}

/**
 * Verify an evidence folder (path → bytes) against the App's public key: signature, predicate
 * type, subject, the manifest's hash, then every file: nothing missing, nothing besides.
 */
export function verifyEvidence(
  files: ReadonlyMap<string, Uint8Array>,
  publicKey: KeyObject,
  expected: Expected = {},
): Result<VerifiedEvidence, VerifyRefusal> {
  const statement = readStatement(files.get(bundleName), publicKey);
  if (!statement.ok) return statement;
  const manifest = readManifest(files.get(manifestName), statement.value);
  if (!manifest.ok) return manifest;
  const trouble =
    subjectTrouble(manifest.value, statement.value, expected) ??
    filesTrouble(files, manifest.value);
  return trouble ? refuse(trouble) : ok({ manifest: manifest.value, statement: statement.value });
}

function readStatement(
  bundle: Uint8Array | undefined,
  publicKey: KeyObject,
): Result<Statement, VerifyRefusal> {
  const no = (step: VerifyRefusal['step'], sentence: string) => refuse({ step, sentence });
  const text = bundle && decode(bundle);
  if (!text) return no('signature', `there is no ${bundleName} to verify`);
  const line = text.replace(/\n$/, '');
  const json = parseJson(line);
  // The envelope's schema first: what is no envelope may hold what has no canonical form.
  const payload = openEnvelope(json, publicKey);
  if (!payload.ok) return no('signature', payload.refusal);
  if (line !== canonicalJson(json)) {
    return no('signature', `${bundleName} is not one line of canonical JSON`);
  }
  const parsed = statementSchema.safeParse(parseJson(payload.value));
  // Canonical or refused: a statement with a key twice would mean two things.
  if (!parsed.success || canonicalJson(parsed.data) !== payload.value) {
    return no('predicate', 'the signed payload is not a statement of the form expected');
  }
  return parsed.data.predicateType === predicateType
    ? ok(parsed.data)
    : no('predicate', `expected the predicate ${predicateType}, saw ${parsed.data.predicateType}`);
}

function readManifest(
  bytes: Uint8Array | undefined,
  statement: Statement,
): Result<Manifest, VerifyRefusal> {
  const digest = bytes && sha256(bytes);
  if (!bytes || digest !== statement.subject[1].digest.sha256) {
    return refuse({
      step: 'manifest',
      sentence: `${manifestName} is not the signed one: expected SHA-256 ${statement.subject[1].digest.sha256}, saw ${digest ?? 'no file'}`,
    });
  }
  const text = decode(bytes) ?? '';
  const parsed = manifestSchema.safeParse(parseJson(text));
  return parsed.success && canonicalJson(parsed.data) === text
    ? ok(parsed.data)
    : refuse({ step: 'manifest', sentence: `${manifestName} does not follow its schema` });
}

function subjectTrouble(
  manifest: Manifest,
  statement: Statement,
  expected: Expected,
): VerifyRefusal | null {
  const { gitCommit } = statement.subject[0].digest;
  const no = (sentence: string): VerifyRefusal => ({ step: 'subject', sentence });
  if (gitCommit !== manifest.subject.headSha) {
    return no(
      `the statement is about ${gitCommit}, the manifest about ${manifest.subject.headSha}`,
    );
  }
  if (expected.headSha !== undefined && expected.headSha !== gitCommit) {
    return no(`the evidence is about ${gitCommit}, expected ${expected.headSha}`);
  }
  const { repositoryId } = expected;
  return repositoryId !== undefined && repositoryId !== manifest.repository.id
    ? no(`the evidence is of the repository ${manifest.repository.id}, expected ${repositoryId}`)
    : null;
}

function filesTrouble(
  files: ReadonlyMap<string, Uint8Array>,
  manifest: Manifest,
): VerifyRefusal | null {
  const no = (sentence: string): VerifyRefusal => ({ step: 'files', sentence });
  if (manifest.files.length > evidenceLimits.filesMax * 2)
    return no('the manifest names too many files');
  const named = new Set([manifestName, bundleName]);
  for (const file of manifest.files) {
    const bytes = files.get(file.path);
    if (!bytes) return no(`the file ${file.path} is missing`);
    if (bytes.length !== file.bytes || sha256(bytes) !== file.sha256) {
      return no(`the file ${file.path} is not the one that was signed`);
    }
    if (named.has(file.path)) return no(`the manifest names ${file.path} twice`);
    named.add(file.path);
  }
  const extra = [...files.keys()].find((path) => !named.has(path));
  return extra === undefined ? null : no(`the file ${JSON.stringify(extra)} was not signed`);
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): ReturnType<typeof JSON.parse> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
