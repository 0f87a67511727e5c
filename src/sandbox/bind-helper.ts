// Pure: the helper that binds the gate's listeners inside the network namespace. It runs for some
// forty milliseconds, before anything of the agent does, and exits: kept alive it would accept half
// of the connections itself.

/** The sockets by name; the same names as GateListeners. */
export const listenersWanted = [
  { name: 'proxy', kind: 'tcp', host: '127.0.0.1', port: 3128 },
  { name: 'tls', kind: 'tcp', host: '::', port: 443 },
  { name: 'http', kind: 'tcp', host: '::', port: 80 },
  { name: 'dnsTcp', kind: 'tcp', host: '127.0.0.53', port: 53 },
  { name: 'dns', kind: 'udp', host: '127.0.0.53', port: 53 },
] as const;

/** Run by `node -e`, so that a bundle needs no second file. Plain JavaScript of CommonJS. */
export const helperSource = `
const net = require('node:net'), dgram = require('node:dgram');
process.on('message', () => process.exit(0));
process.on('disconnect', () => process.exit(1));
for (const { name, kind, host, port } of JSON.parse(process.argv[1])) {
  if (kind === 'udp') {
    const socket = dgram.createSocket('udp4');
    socket.bind(port, host, () => process.send({ name }, socket));
  } else {
    const server = net.createServer();
    server.listen({ host, port, backlog: 1024, exclusive: true }, () => process.send({ name }, server));
  }
}`;
