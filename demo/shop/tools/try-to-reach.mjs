import { request } from 'node:http';
import { connect } from 'node:tls';
import { agent, findProxy, limits } from './through-proxy.mjs';

/** Try to open https://host/: through the proxy when there is one, else directly. Never throws. */
export function tryToReach(host) {
  const proxy = findProxy();
  return proxy ? tryTunnel(proxy, host) : tryDirect(host);
}

function tryTunnel(proxy, host) {
  return new Promise((resolve) => {
    const asked = request({
      agent,
      host: proxy.hostname,
      port: proxy.port || 80,
      method: 'CONNECT',
      path: `${host}:443`,
      timeout: limits.milliseconds,
    });
    asked.on('connect', (response, socket, head) => {
      socket.destroy();
      const because = head.toString('utf8').trim().slice(0, 300);
      resolve(
        response.statusCode === 200
          ? { reached: true }
          : {
              reached: false,
              because: `the gate answered ${response.statusCode} ${because}`.trim(),
            },
      );
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')));
    asked.on('error', (error) => resolve({ reached: false, because: error.message }));
    asked.end();
  });
}

function tryDirect(host) {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 443, servername: host, timeout: 5_000 });
    socket.on('secureConnect', () => {
      socket.destroy();
      resolve({ reached: true });
    });
    socket.on('timeout', () => socket.destroy(new Error('no answer in time')));
    socket.on('error', (error) => resolve({ reached: false, because: error.message }));
  });
}
