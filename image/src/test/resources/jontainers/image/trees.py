"""Make a tree with everything a file can be, and describe trees and archives, for the tests.

trees.py build DIR [xattr] | describe DIR | archive FILE | extract FILE DIR
A description is a sorted list of lines, one for each file, with tab-separated fields:
name, type, mode, uid, gid, size, mtime in ns, link target or first name, device, sha256, xattrs
"""
import hashlib, os, socket, stat, struct, sys, tarfile

ROOT = os.geteuid() == 0


def put(path, data=b'', mode=0o644):
    with open(path, 'wb') as f:
        f.write(data)
    os.chmod(path, mode)


def build(top):
    os.makedirs(top, exist_ok=True)
    os.chdir(top)
    put(b'testaroo', b'hello\n')
    put(b'empty')
    put(b'block', b'x' * 512)
    put(b'big', os.urandom(3 << 20))
    put(b'setuid', b'#!/bin/sh\n', 0o4755)
    put(b'bytes-\xff\xfe-\x80', b'odd')
    put(b'new\nline\ttab', b'odd')
    put(b'back\\slash=%', b'odd')
    put('grüße-✓'.encode(), b'utf8')
    put(b'n' * 255, b'long name')
    put(b'\xc3' * 200, b'long name that is no utf-8')
    os.mkdir(b'sticky'); os.chmod(b'sticky', 0o1777)
    os.mkdir(b'hollow'); os.chmod(b'hollow', 0o700)
    deep = b'/'.join([b'd' * 60] * 4)
    os.makedirs(deep); put(deep + b'/leaf', b'deep')
    very = b'/'.join([b'v' * 200] * 3)
    os.makedirs(very); put(very + b'/leaf', b'very deep')
    os.symlink(b'testaroo', b'link')
    os.symlink(b'/nowhere/' + b'l' * 300, b'longlink')
    os.symlink(b'\xff\xfe', b'bytelink')
    os.link(b'testaroo', b'zz-hard')
    os.link(b'testaroo', b'hollow/hard')
    os.link(b'link', b'zz-hardlink-to-link', follow_symlinks=False)
    os.mkfifo(b'fifo')
    for name, pieces, size in ((b'sparse', ((0, b'head'), (1 << 30, b'middle' * 1000)), 10 << 30),
                               (b'sparse-hole', (), 5 << 20),
                               (b'sparse-tail', ((1 << 20, b'tail'),), (1 << 20) + 4),
                               (b'sparse-' + b's' * 200, ((4096 * 7, b'x' * 4096),), 1 << 20)):
        with open(name, 'wb') as f:
            f.truncate(size)
            for at, data in pieces:
                f.seek(at); f.write(data)
    if 'xattr' in sys.argv:
        os.setxattr(b'testaroo', 'user.plain', b'value')
        os.setxattr(b'testaroo', 'user.binary', bytes(range(256)))
        os.setxattr(b'testaroo', 'user.empty', b'')
        os.setxattr(b'big', 'user.percent%equals=', b'odd key')
        os.setxattr(b'hollow', 'user.dir', b'of a directory')
        if ROOT:
            capability = struct.pack('<IIIII', 0x02000001, 1 << 10, 0, 0, 0)
            os.setxattr(b'setuid', 'security.capability', capability)
            os.setxattr(b'fifo', 'trusted.mark', b'\x00\xff')
            os.setxattr(b'longlink', 'trusted.onlink', b'1', follow_symlinks=False)
    if ROOT:
        os.mknod(b'null', 0o666 | stat.S_IFCHR, os.makedev(1, 3)); os.chmod(b'null', 0o666)
        os.mknod(b'disk', 0o660 | stat.S_IFBLK, os.makedev(259, 70000))
        os.chown(b'block', 3000000, 4294967294)
        os.chown(b'link', 1000, 1000, follow_symlinks=False)
        os.chown(b'hollow', 7, 8)
    os.utime(b'empty', ns=(0, -1500000000))
    os.utime(b'block', ns=(0, 123456789))
    os.utime(b'big', ns=(0, 1700000000 * 10**9))
    os.utime(b'sticky', ns=(0, 1600000000987654321))
    s = socket.socket(socket.AF_UNIX); s.bind('socket'); s.close()
    for d in (b'.', b'hollow', very):
        os.utime(d, ns=(0, 1500000000000000001))


def esc(b):
    return ''.join(chr(c) if 32 < c < 127 and c != 92 else '\\x%02x' % c for c in b)


KINDS = {stat.S_IFREG: 'f', stat.S_IFDIR: 'd', stat.S_IFLNK: 'l', stat.S_IFCHR: 'c',
         stat.S_IFBLK: 'b', stat.S_IFIFO: 'p', stat.S_IFSOCK: 's'}


def describe(top):
    top = os.fsencode(top)
    lines, first = [], {}
    def visit(path, name):
        st = os.lstat(path)
        kind = KINDS[stat.S_IFMT(st.st_mode)]
        if kind == 's':
            return
        link = os.readlink(path) if kind == 'l' else b''
        if kind not in 'dl' and st.st_nlink > 1:
            key = (st.st_dev, st.st_ino)
            link = first.setdefault(key, name) + b'|' + link
        digest = ''
        if kind == 'f':
            h = hashlib.sha256()
            fd = os.open(path, os.O_RDONLY)
            at, holes = 0, 0
            while True:
                try:
                    data = os.lseek(fd, at, os.SEEK_DATA)
                except OSError:
                    break
                at = os.lseek(fd, data, os.SEEK_HOLE)
                os.lseek(fd, data, os.SEEK_SET)
                left = at - data
                while left > 0:
                    chunk = os.read(fd, min(left, 1 << 20))
                    if not chunk: break
                    stripped = chunk.strip(b'\0')
                    h.update(stripped); left -= len(chunk)
            digest = h.hexdigest()[:16]
            os.close(fd)
            if st.st_size > 1 << 22 and b'sparse' in name and st.st_blocks * 512 > 1 << 20:
                digest += '-not-sparse'
        xattrs = []
        for x in os.listxattr(path, follow_symlinks=False):
            xattrs.append(esc(os.fsencode(x)) + '=' + os.getxattr(path, x, follow_symlinks=False).hex())
        lines.append('\t'.join([esc(name), kind, oct(st.st_mode & 0o7777), str(st.st_uid),
            str(st.st_gid), str(st.st_size if kind == 'f' else 0), str(st.st_mtime_ns), esc(link),
            '%d:%d' % (os.major(st.st_rdev), os.minor(st.st_rdev)) if kind in 'cb' else '', digest,
            ','.join(sorted(xattrs))]))
        if kind == 'd':
            for entry in sorted(os.listdir(path)):
                visit(path + b'/' + entry, (name + b'/' if name != b'.' else b'./') + entry)
    visit(top, b'.')
    print('\n'.join(sorted(lines)))


def archive(file):
    kinds = {tarfile.REGTYPE: 'f', tarfile.DIRTYPE: 'd', tarfile.SYMTYPE: 'l', tarfile.CHRTYPE: 'c',
             tarfile.BLKTYPE: 'b', tarfile.FIFOTYPE: 'p', tarfile.LNKTYPE: 'h',
             tarfile.GNUTYPE_SPARSE: 'f'}
    lines = []
    with tarfile.open(file, errors='surrogateescape') as tar:
        for m in tar:
            digest = ''
            if m.isreg():
                h, f = hashlib.sha256(), tar.extractfile(m)
                if m.sparse is None:
                    h.update(f.read().strip(b'\0'))
                else:
                    for at, length in m.sparse:
                        f.seek(at)
                        while length > 0:
                            c = f.read(min(length, 1 << 20)); length -= len(c)
                            h.update(c.strip(b'\0'))
                digest = h.hexdigest()[:16]
            xattrs = []
            for k, v in m.pax_headers.items():
                if k.startswith('SCHILY.xattr.'):
                    xattrs.append(esc(k[13:].encode(errors='surrogateescape')) + '='
                                  + v.encode(errors='surrogateescape').hex())
            seconds, _, nanos = m.pax_headers.get('mtime', str(m.mtime)).partition('.')
            lines.append('\t'.join([esc(os.fsencode(m.name)), kinds[m.type], oct(m.mode), str(m.uid),
                str(m.gid), str(m.size), seconds + '.' + (nanos + '0' * 9)[:9],
                esc(os.fsencode(m.linkname)),
                '%d:%d' % (m.devmajor, m.devminor) if m.type in (tarfile.CHRTYPE, tarfile.BLKTYPE) else '',
                digest, ','.join(sorted(xattrs))]))
    print('\n'.join(sorted(lines)))


def extract(file):
    with tarfile.open(file, errors='surrogateescape') as tar:
        tar.extractall(sys.argv[3], numeric_owner=True, filter='fully_trusted')


{'build': build, 'extract': extract, 'describe': describe, 'archive': archive}[sys.argv[1]](sys.argv[2])
