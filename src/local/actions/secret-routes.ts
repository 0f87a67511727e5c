import { timestamp } from '#local/api/change-label.ts';
import { requiredText } from '#local/api/field.ts';
import type { Reply } from '#local/api/operation.ts';
import { type Call, HttpError, routes } from '#local/api/route.ts';
import { openCall } from './route-call.ts';

const SECRETS = '/repos/{owner}/{repo}/actions/secrets';
// GitHub's limit on a secret is 48 KB; sealed and in base64 it is a third longer.
const SECRET_BYTES_MAX = 48 * 1024;
const SEALED_CHARS_MAX = 70_000;

/** Secrets of a repository: they go in sealed and come out in jobs only. */
export const secretRoutes = routes({
  'actions/get-repo-public-key': {
    method: 'GET',
    path: `${SECRETS}/public-key`,
    access: ['secrets:read'],
    handle: (call) => {
      const { keyId, publicKey } = openCall(call).service.secretBox;
      return { status: 200, body: { key_id: keyId, key: publicKey } };
    },
  },
  'actions/create-or-update-repo-secret': {
    method: 'PUT',
    path: `${SECRETS}/{secret_name}`,
    access: ['secrets:write'],
    handle: putSecret,
  },
});

function putSecret(call: Call): Reply<'actions/create-or-update-repo-secret'> {
  const { repository, service } = openCall(call);
  const name = readName(call.params.secret_name ?? '');
  const keyId = requiredText(call.body, 'key_id', 200);
  const sealed = requiredText(call.body, 'encrypted_value', SEALED_CHARS_MAX);
  const value = keyId === service.secretBox.keyId ? service.secretBox.open(sealed) : undefined;
  if (value === undefined)
    throw new HttpError(
      422,
      'Improperly encrypted secret. Please use the public key of this repository.',
    );
  if (Buffer.byteLength(value) > SECRET_BYTES_MAX)
    throw new HttpError(422, 'Secret is too large: the limit is 48 KB.');
  const now = timestamp(call.world);
  const known = repository.secrets.get(name);
  repository.secrets.set(name, {
    name,
    value,
    createdAt: known?.createdAt ?? now,
    updatedAt: now,
  });
  return known === undefined ? { status: 201, body: {} } : { status: 204 };
}

// docs.github.com, "Using secrets in GitHub Actions", naming your secrets.
function readName(name: string): string {
  if (!/^[A-Z_][A-Z0-9_]{0,99}$/i.test(name))
    throw new HttpError(
      422,
      'Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).',
    );
  if (/^GITHUB_/i.test(name)) throw new HttpError(422, 'Secret names must not start with GITHUB_.');
  return name.toUpperCase();
}
