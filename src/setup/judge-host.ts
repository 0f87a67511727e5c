/** What is known of a request before anything in it is believed. */
export interface Visitor {
  /** The Host header, as it came. */
  readonly host: string | undefined;
  /** The address of the other end of the connection. */
  readonly remoteAddress: string | undefined;
}

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];
const loopbackAddresses = ['127.0.0.1', '::1', '::ffff:127.0.0.1'];

/**
 * Under which address the visitor sees the page; null when it is not to be shown. That is the public
 * URL's own name, if it is safe from eavesdroppers, or a loopback name from this machine: any other
 * name would be DNS rebinding.
 */
export function judgeHost(visitor: Visitor, publicUrl: string): string | null {
  const { host = '', remoteAddress = '' } = visitor;
  const name = host.replace(/:\d{1,5}$/, '');
  if (loopbackNames.includes(name)) {
    return loopbackAddresses.includes(remoteAddress) ? `http://${host}` : null;
  }
  const open = new URL(publicUrl);
  return open.protocol === 'https:' && host === open.host ? publicUrl : null;
}
