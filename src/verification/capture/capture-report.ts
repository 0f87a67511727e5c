// The order to, and the report from, the capture script, which runs in a sandbox beside the server.
import { z } from 'zod';

/** Where the script finds its order's folder, and where it writes. */
export const captureFolders = { script: '/capture', out: '/out' } as const;

/** What the script is asked, as JSON in its one argument. */
export interface CaptureOrder {
  readonly url: string;
  readonly executable: string;
  readonly out: string;
  /** How long the server may take to answer. */
  readonly readyMs: number;
  readonly viewports: readonly {
    readonly name: string;
    readonly width: number;
    readonly height: number;
  }[];
}

/** `report.json`, written by the script: one line a viewport; it is the subject's word, like the pictures. */
export const captureReportSchema = z.strictObject({
  /** False when the port never answered within the limit. */
  ready: z.boolean(),
  viewports: z
    .array(z.strictObject({ name: z.string().max(40), because: z.string().max(500).nullable() }))
    .max(10),
});
export type CaptureReport = z.infer<typeof captureReportSchema>;
