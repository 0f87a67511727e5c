// Pure: the few files of /etc that the sandbox gets as our own words.

/** The sandbox's user: not the runner's, and no account of the machine. */
export const sandboxUser = { uid: 61784, gid: 61784, name: 'sallyport', home: '/home/sallyport' };

/** Content by path below /etc. Names resolve by our DNS alone; nobody has a password or a shell but one. */
export const ownEtc: Readonly<Record<string, string>> = {
  passwd: [
    'root:x:0:0:root:/nonexistent:/usr/sbin/nologin',
    `${sandboxUser.name}:x:${sandboxUser.uid}:${sandboxUser.gid}::${sandboxUser.home}:/bin/sh`,
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
    '',
  ].join('\n'),
  group: [`root:x:0:`, `${sandboxUser.name}:x:${sandboxUser.gid}:`, 'nogroup:x:65534:', ''].join(
    '\n',
  ),
  hosts: '127.0.0.1 localhost sallyport\n::1 localhost\n',
  'resolv.conf': 'nameserver 127.0.0.53\noptions timeout:2 attempts:1\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\nservices: files\n',
  hostname: 'sallyport\n',
};

/**
 * What is taken from the machine's /etc when it is there: libraries, certificates, fonts, zones. No
 * configuration of git, npm or pip: those may carry credentials.
 */
export const sharedEtc: readonly string[] = [
  'alternatives',
  'ca-certificates',
  'ca-certificates.conf',
  'fonts',
  'java-17-openjdk',
  'java-21-openjdk',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'mime.types',
  'pki',
  'protocols',
  'services',
  'ssl/certs',
  'ssl/openssl.cnf',
];
