import type { ManifestCodes } from '../admin/manifest-code.ts';
import { renderApp } from './render-app.ts';
import { HttpError, routes } from './route.ts';

/** Trading the code of an App that was made from a manifest; the code is the credential. */
export function buildManifestRoutes(manifests: ManifestCodes) {
  return routes({
    'apps/create-from-manifest': {
      method: 'POST',
      path: '/app-manifests/{code}/conversions',
      access: 'anyone',
      handle: ({ world, params }) => {
        const conversion = manifests.redeem(params.code ?? '');
        if (!conversion) throw new HttpError(404, 'Not Found');
        const { app, clientSecret, webhookSecret, privateKeyPem } = conversion;
        return {
          status: 201,
          body: {
            ...renderApp(world, app),
            client_id: app.clientId,
            client_secret: clientSecret,
            webhook_secret: webhookSecret,
            pem: privateKeyPem,
          },
        };
      },
    },
  });
}
