/** What the App is told at its start and must not run without. */
export interface Guarded {
  readonly webhookSecret: string;
  /** Accepted as well, during a rotation. */
  readonly webhookSecretPrevious?: string | null;
  /** As it was given, before it became a number. */
  readonly appId: string | number;
  readonly privateKeyPem: string;
}

/** HMAC-SHA256's own width: a shorter secret can be searched for (identity §7.5). */
const secretBytesMin = 32;
const pem =
  /^-----BEGIN (?:RSA )?PRIVATE KEY-----\s[\s\S]{100,}-----END (?:RSA )?PRIVATE KEY-----\s*$/;

/**
 * Why the App must not start, a sentence each; empty when it may. Without a secret Probot verifies
 * with the public word `development`, and anybody's delivery would pass (identity finding 1).
 */
export function startGuards(settings: Guarded): readonly string[] {
  const { webhookSecret, webhookSecretPrevious: previous, appId, privateKeyPem } = settings;
  const bytes = Buffer.byteLength(webhookSecret);
  const sentences: string[] = [];
  // It verifies as well as the present one does, so it must be as hard to guess.
  if (typeof previous === 'string' && Buffer.byteLength(previous) < secretBytesMin) {
    sentences.push(
      `WEBHOOK_SECRET_PREVIOUS has ${Buffer.byteLength(previous)} bytes, expected at least ${secretBytesMin}: remove it`,
    );
  }
  if (webhookSecret === '') {
    sentences.push('WEBHOOK_SECRET is empty: set the secret that is entered in the App’s settings');
  } else if (webhookSecret === 'development') {
    sentences.push('WEBHOOK_SECRET is “development”, which is public: set a random one');
  } else if (bytes < secretBytesMin) {
    sentences.push(
      `WEBHOOK_SECRET has ${bytes} bytes, expected at least ${secretBytesMin}: set a random one`,
    );
  }
  if (!/^[1-9][0-9]{0,15}$/.test(String(appId))) {
    sentences.push('APP_ID is not a number: use the App id, not the client id');
  }
  if (privateKeyPem.trim() === '') {
    sentences.push('the App’s private key is absent: set PRIVATE_KEY or PRIVATE_KEY_PATH');
  } else if (!pem.test(privateKeyPem.trim())) {
    sentences.push('the App’s private key is unreadable: expected the PEM file that GitHub gave');
  }
  return sentences;
}
