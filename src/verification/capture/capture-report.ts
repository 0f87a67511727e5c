// The order to, and the report from, the capture script, which runs in a sandbox beside the server.
import { z } from 'zod';

/** Where the script finds its order's folder, and where it writes. */
export const captureFolders = { script: '/capture', out: '/out' } as const;

/** What the script is asked, as JSON in its one argument. */
export interface CaptureOrder {
  readonly port: number;
  readonly executable: string;
  readonly out: string;
  /** How long the server may take to answer. */
  readonly readyMs: number;
  readonly pages: readonly {
    /** The artefacts' file name without its kind. */
    readonly name: string;
    readonly url: string;
    readonly width: number;
    readonly height: number;
  }[];
}

/** `report.json`, written by the script: one line a page and viewport; it is the subject's word, like the pictures. */
export const captureReportSchema = z.strictObject({
  /** False when the port never answered within the limit. */
  ready: z.boolean(),
  pages: z
    .array(z.strictObject({ name: z.string().max(80), because: z.string().max(500).nullable() }))
    .max(100),
});
export type CaptureReport = z.infer<typeof captureReportSchema>;
