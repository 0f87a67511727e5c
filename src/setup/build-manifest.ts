import { parse } from 'yaml';

/** Where the App that is to be created lives. */
export interface ManifestAddresses {
  /** Takes the App's deliveries: its own webhook route, or a channel that relays them. */
  readonly hookUrl: string;
  /** Where GitHub sends the browser with the code. */
  readonly redirectUrl: string;
  /** Where GitHub sends people back to who let the App act for them. */
  readonly callbackUrl: string;
}

/** `app.yml` as GitHub's form takes it, one line of JSON, with this App's own addresses. */
export function buildManifest(
  appYml: string,
  { hookUrl, redirectUrl, callbackUrl }: ManifestAddresses,
): string {
  const manifest = parse(appYml);
  return JSON.stringify({
    ...manifest,
    hook_attributes: { ...manifest.hook_attributes, url: hookUrl },
    redirect_url: redirectUrl,
    callback_urls: [callbackUrl],
  });
}
