// Pure: which pictures a policy asks for, named the same way by the job that takes them and by the App.
import type { Policy } from '#model/policy.ts';

/** The sizes of policy's viewport names, in CSS pixels. */
export const viewportSizes = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
} as const;
export type Viewport = keyof typeof viewportSizes;

/** One page to serve, with a name that is unique in its policy. */
export interface ScreenAsked {
  readonly screen: string;
  readonly serve: string;
  readonly url: string;
  readonly port: number;
  readonly viewports: readonly Viewport[];
}

/** The screens of a policy; a second screen of the same name is called `name-2`. */
export function screensAsked(policy: Policy): readonly ScreenAsked[] {
  const taken = new Set<string>();
  return policy.verify.screens.map(({ name, serve, url, port, viewports }) => {
    let screen = name;
    for (let next = 2; taken.has(screen); next += 1) screen = `${name}-${next}`;
    taken.add(screen);
    return { screen, serve, url, port, viewports: [...new Set(viewports)] };
  });
}
