import { z } from 'zod';
import { ok, refuse } from '#model/result.ts';
import type { Reading } from './reading.ts';
import { id } from './shape.ts';

const installation = z.object({
  action: z.string().min(1).max(60),
  installation: z.object({ id }),
  repositories_removed: z.array(z.object({ id })).default([]),
});

/** `installation` and `installation_repositories`: what the App may reach has changed. */
export const normalizeInstallation: Reading = (payload) => {
  const parsed = installation.safeParse(payload);
  if (!parsed.success) return refuse(parsed.error);
  const { action, installation: installed, repositories_removed } = parsed.data;
  return ok({
    kind: 'installation_changed',
    installationId: installed.id,
    action,
    removed: repositories_removed.map((one) => one.id),
  });
};
