# Prints a file system, a JSON object a path: what a program in it can learn of each file.
use strict;
use Fcntl ':mode';
use Errno ();
use POSIX ();
use Time::HiRes ();

my $top = shift;
my %syscalls = (x86_64 => [195, 192], aarch64 => [12, 9]);
my ($llistxattr, $lgetxattr) = @{$syscalls{(POSIX::uname())[4]}};
show('');

sub show {
  my $path = shift;
  my $file = $top . $path;
  my @found = Time::HiRes::lstat($file);
  # A whiteout in a directory that only one layer has is listed by overlayfs, and not there.
  return if !@found && $!{ENOENT};
  die "$file: $!" unless @found;
  my ($ino, $mode, $uid, $gid, $rdev, $mtime) = @found[1, 2, 4, 5, 6, 9];
  my %xattrs = xattrs($file);
  my $detail = S_ISLNK($mode) ? readlink($file) : S_ISREG($mode) ? content($file) : '';
  my $device = S_ISCHR($mode) || S_ISBLK($mode) ? major($rdev) . ':' . minor($rdev) : '';
  printf '{"path":"%s","type":%d,"mode":%d,"uid":%s,"gid":%s,"mtime":%.3f,"inode":"%s","device":"%s","detail":"%s","xattrs":{%s}}' . "\n",
    unpack('H*', $path), S_IFMT($mode), S_IMODE($mode), $uid, $gid, $mtime, $ino, $device, unpack('H*', $detail),
    join(',', map { sprintf '"%s":"%s"', unpack('H*', $_), unpack('H*', $xattrs{$_}) } sort keys %xattrs);
  return unless S_ISDIR($mode);
  opendir(my $directory, $file) or die "$file: $!";
  show("$path/$_") for sort grep { $_ ne '.' && $_ ne '..' } readdir $directory;
}

sub xattrs {
  my $file = shift;
  my $names = "\0" x 65536;
  my $length = syscall($llistxattr, $file, $names, length $names);
  die "$file: $!" if $length < 0;
  my %found;
  for my $name (split /\0/, substr($names, 0, $length)) {
    my $value = "\0" x 65536;
    my $bytes = syscall($lgetxattr, $file, $name, $value, length $value);
    die "$file: $name: $!" if $bytes < 0;
    $found{$name} = substr($value, 0, $bytes);
  }
  return %found;
}

sub content {
  open(my $file, '<:raw', shift) or die $!;
  local $/;
  return scalar <$file>;
}

sub major { my $rdev = shift; return (($rdev >> 8) & 0xfff) | (($rdev >> 32) & ~0xfff) }
sub minor { my $rdev = shift; return ($rdev & 0xff) | (($rdev >> 12) & ~0xff) }
