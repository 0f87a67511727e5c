import { Agent } from 'node:http';

/** Its own agent, so that a proxy set for the whole process is not used a second time. */
export const agent = new Agent({ keepAlive: false });

/** No answer of ours takes longer, and none is larger. */
export const limits = { milliseconds: 30_000, bytes: 2_000_000 };

/** The proxy for plain and tunnelled requests, or undefined where there is none. */
export function findProxy() {
  const value = process.env.HTTP_PROXY || process.env.http_proxy;
  return value ? new URL(value) : undefined;
}

/** How to ask for a plain-HTTP address: through the proxy in absolute form, or directly. */
export function requestOptions(url) {
  const proxy = isLoopback(url.hostname) ? undefined : findProxy();
  const to = proxy ?? url;
  return {
    agent,
    host: to.hostname.replace(/^\[|\]$/g, ''),
    port: to.port || 80,
    path: proxy ? url.href : `${url.pathname}${url.search}`,
    headers: { host: url.host },
    timeout: limits.milliseconds,
  };
}

function isLoopback(host) {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}
