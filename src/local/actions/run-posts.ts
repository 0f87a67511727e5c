import { evaluateCondition } from './expression.ts';
import type { FrameCall, PostStep } from './job-state.ts';
import type { Conclusion } from './run-record.ts';
import { buildStepScope } from './step-scope.ts';

/** Told of each post step before and after it ran. */
export interface PostWatch {
  readonly around: (post: PostStep, run: () => Promise<Conclusion>) => Promise<Conclusion>;
}

const UNWATCHED: PostWatch = { around: (_post, run) => run() };

/**
 * Run what a frame's actions left for the end of the job, the last first; each decides by its
 * `post-if`, which sees the job. Ends with the worst of their conclusions.
 */
export async function runPosts(call: FrameCall, watch = UNWATCHED): Promise<Conclusion> {
  const ended: Conclusion[] = [];
  for (const post of call.frame.posts.toReversed())
    ended.push(await watch.around(post, () => runPost(call, post)));
  const worst = (['failure', 'cancelled', 'success'] as const).find((each) => ended.includes(each));
  return worst ?? 'skipped';
}

async function runPost({ state, signals }: FrameCall, post: PostStep): Promise<Conclusion> {
  const scope = buildStepScope(state, state.frame, state.env);
  if (signals.kill.aborted || !evaluateCondition(post.condition, scope)) return 'skipped';
  // After a cancel they run all the same: only the kill ends them.
  const cancel = signals.cancel.aborted ? new AbortController().signal : signals.cancel;
  const conclusion = await post.run({ ...signals, cancel });
  if (conclusion === 'failure') state.frame.failed = true;
  return conclusion;
}
