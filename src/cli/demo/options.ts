import type { FactoryPlan } from './factory.ts';

/** What the command line gives. */
export interface DemoOptions {
  readonly once?: boolean;
  readonly json?: boolean;
  readonly port: number;
  readonly githubPort: number;
  readonly repo?: string;
  readonly issue?: string;
  readonly test?: string;
  readonly agent?: string;
  readonly agentCommand?: string;
  readonly model?: string;
  readonly out?: string;
}

/** What a demo does, before anything is started: bad input ends here. */
export interface DemoPlan {
  readonly factory: Pick<FactoryPlan, 'organization' | 'people' | 'repositories'>;
  readonly repository: { readonly owner: string; readonly name: string };
  readonly issues: readonly number[];
  readonly limitMs: number;
  readonly outDir: string;
  /** Take away what planning made. */
  readonly clean: () => Promise<void>;
}
