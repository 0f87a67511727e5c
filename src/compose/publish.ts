import type { Edges } from './edges.ts';
export function composePublisher(edges: Edges) {
  return async (runId: string) => {
    edges.say(`publish ${runId}`);
  };
}
