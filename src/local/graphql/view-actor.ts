import { toNodeId } from '../api/node-id.ts';
import { userById } from '../api/render-user.ts';
import type { World } from '../world.ts';

/** An account: `User`, `Bot` or `Organization`. */
export function viewActor(world: World, id: number) {
  const user = userById(world, id);
  const url = `${world.urls.server}/${user.login}`;
  return {
    __typename: user.type,
    id: toNodeId(user.type, user.id),
    databaseId: user.id,
    // GraphQL names a bot without the suffix that REST shows.
    login: user.type === 'Bot' ? user.login.replace(/\[bot\]$/, '') : user.login,
    name: user.name,
    email: '',
    url,
    resourcePath: `/${user.login}`,
    avatarUrl: `${world.urls.server}/_avatar/${user.id}`,
    isViewer: false,
  };
}
