import { isSha } from './name.ts';

/** Answers about so many pairs are remembered, for each question. */
const REMEMBERED_MAX = 500;

/**
 * Ask a question about two commits once: what is true of a pair of ids stays true. Names that can
 * move are asked again each time.
 */
export function remember<T>(
  ask: (gitDir: string, one: string, other: string) => Promise<T>,
): (gitDir: string, one: string, other: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (gitDir, one, other) => {
    if (!isSha(one) || !isSha(other)) return ask(gitDir, one, other);
    const key = `${gitDir} ${one} ${other}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = ask(gitDir, one, other);
    answers.set(key, answer);
    answer.catch(() => answers.delete(key));
    const [oldest] = answers.keys();
    if (answers.size > REMEMBERED_MAX && oldest !== undefined) answers.delete(oldest);
    return answer;
  };
}
