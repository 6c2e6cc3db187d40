#include "tests/unit/bad_files.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "tests/integration/program.hpp"

namespace yodel::tests {
namespace {

// NAME | TEXT | LINE:COLUMN FAULT | ...
// Escapes are as in C, with two digits after \x. A line that begins with two spaces continues the
// previous one. '#' begins a comment.
constexpr std::string_view table = R"TABLE(
# Numbers: type and range.
PortTooLarge | [[listen]]\nport = 70000\n
  | 2:8 port: expected a whole number from 0 to 65535, got 70000
PortNegative | [[listen]]\nport = -1\n | 2:8 port: expected ... got -1
PortIsString | [[listen]]\nport = "9999"\n
  | 2:8 port: expected a whole number from 0 to 65535, got a string
PortIsFraction | [[listen]]\nport = 1.0\n | 2:8 port: ... got a floating-point number
PortIsBoolean | [[listen]]\n  port = true\n | 2:10 port: ... got a boolean
PortIsArray | [[listen]]\nport = [9999]\n | 2:8 port: ... got an array
PortIsTable | [[listen]]\nport = {}\n | 2:8 port: ... got a table
PortIsDate | [[listen]]\nport = 2024-01-01\n | 2:8 port: ... got a date
PortIsTime | [[listen]]\nport = 10:00:00\n | 2:8 port: ... got a time of day
PortIsDateTime | [[listen]]\nport = 2024-01-01T10:00:00Z\n | 2:8 port: ... got a date and time
PortIsInfinite | [[listen]]\nport = inf\n | 2:8 port: ... got a floating-point number
PortHexTooLarge | [[listen]]\nport=0x10000\n | 2:6 port: expected ... got 65536
BacklogZero | [[listen]]\nbacklog = 0\n
  | 2:11 backlog: expected a whole number from 1 to 1048576, got 0
BacklogTooLarge | [[listen]]\nbacklog = 1048577\n | 2:11 backlog: ... got 1048577
BacklogIsString | [[listen]]\nbacklog = "128"\n
  | 2:11 backlog: expected a whole number from 1 to 1048576, got a string
SocketBufferTooLarge | [[listen]]\nsocket_buffer = 536870913\n
  | 2:17 socket_buffer: expected a whole number from 0 to 536870912, got 536870913
SocketBufferOfAUnixSocket | [[listen]]\naddress = "unix:/x"\nsocket_buffer = 1\n
  | 3:1 socket_buffer: cannot be used with a unix: address
PeerTimeoutOfAListenerThatTheKernelCannotCount | [[listen]]\npeer_timeout = "24d1ms"\n
  | 2:16 peer_timeout: expected at most "24d", got "24d1ms"
PeerTimeoutOfAUnixSocket | [[listen]]\naddress = "unix:/x"\npeer_timeout = "1s"\n
  | 3:1 peer_timeout: cannot be used with a unix: address, whose peers are on this machine
IdleTimeoutOfAListener | [[listen]]\nidle_timeout = 1\n | 2:16 idle_timeout: ... a whole number
ProbeSizeTooSmall | [probe]\nmax_size = 255\n
  | 2:12 max_size: expected a whole number from 256 to 65536, got 255
PeerTimeoutThatTheKernelCannotCount | [limits]\npeer_timeout = "24d1ms"\n
  | 2:16 peer_timeout: expected at most "24d", got "24d1ms"
SessionsZero | [limits]\nsessions = 0\n
  | 2:12 sessions: expected a whole number from 1 to 4194304, got 0
SessionsTooLarge | [limits]\nsessions = 4194305\n | 2:12 sessions: ... got 4194305
SessionsSmallestInteger | [limits]\nsessions = -9223372036854775808\n
  | 2:12 sessions: ... got -9223372036854775808
SourceNegative | [limits]\nsessions_per_source = -1\n
  | 2:23 sessions_per_source: expected a whole number from 0 to 4194304, got -1
SourceTooLarge | [limits]\nsessions_per_source = 4_194_305\n
  | 2:23 sessions_per_source: ... got 4194305
MessageSizeZero | [greet]\nmessage_size = 0\n
  | 2:16 message_size: expected a whole number from 1 to 65536, got 0
MessageSizeTooLarge | [greet]\nmessage_size = 65537\n | 2:16 message_size: ... got 65537
# Words.
ProtocolUnknown | [[listen]]\nprotocol = "http"\n
  | 2:12 protocol: expected "greet", "echo" or "probe", got "http"
ProtocolUpperCase | [[listen]]\nprotocol = "Echo"\n | 2:12 protocol: ... got "Echo"
ProtocolEmpty | [[listen]]\nprotocol = ""\n | 2:12 protocol: ... got ""
ProtocolIsNumber | [[listen]]\nprotocol = 7\n
  | 2:12 protocol: expected "greet", "echo" or "probe", got a whole number
FramingUnknown | [greet]\nframing = "automatic"\n
  | 2:11 framing: expected "auto", "lines" or "unframed", got "automatic"
LevelUnknown | [log]\nlevel = "error"\n | 2:9 expected "debug", "info", "notice", "warning" or "err"
LevelIsNumber | [log]\nlevel = 6\n | 2:9 level: ... got a whole number
TargetUnknown | [log]\ntarget = "syslog"\n
  | 2:10 target: expected "auto", "journal" or "stderr", got "syslog"
FormatUnknown | [log]\nformat = "JSON"\n
  | 2:10 format: expected "text" or "json", got "JSON"
TargetIsArray | [log]\ntarget = ["journal", "stderr"]\n | 2:10 target: ... got an array
# Durations.
DelayIsNumber | [greet]\ndelay = 1\n
  | 2:9 delay: expected a duration such as "500ms" ... got a whole number
DelayWithoutUnit | [greet]\ndelay = "1"\n | 2:9 delay: expected a duration ... got "1"
DelayWithSpace | [greet]\ndelay = "1 s"\n | 2:9 delay: ... got "1 s"
DelayNegative | [greet]\ndelay = "-1s"\n | 2:9 delay: ... got "-1s"
DelayEmpty | [greet]\ndelay = ""\n | 2:9 delay: ... got ""
DelayIsTime | [greet]\ndelay = 00:00:01\n | 2:9 delay: ... got a time of day
IdleTimeoutTooLong | [limits]\nidle_timeout = "366d"\n
  | 2:16 idle_timeout: expected a duration ... got "366d"
IdleTimeoutOverflow | [limits]\nidle_timeout = "99999999999999999999d"\n | 2:16 at most "365d"
SessionTimeoutUnknownUnit | [limits]\nsession_timeout = "1w"\n | 2:19 session_timeout: ... got "1w"
SessionTimeoutFraction | [limits]\nsession_timeout = "500us"\n
  | 2:19 session_timeout: expected a whole number of milliseconds, got "500us"
GraceUnitsTurned | [shutdown]\ngrace = "30s1m"\n | 2:9 grace: ... got "30s1m"
GraceUnitTwice | [shutdown]\ngrace = "1s1s"\n | 2:9 grace: ... got "1s1s"
GraceIsBoolean | [shutdown]\ngrace = false\n | 2:9 grace: ... got a boolean
# Addresses.
AddressIsName | [[listen]]\naddress = "localhost"\n
  | 2:11 address: expected an IPv4 or IPv6 address ... got "localhost"
AddressShort | [[listen]]\naddress = "127.0.1"\n | 2:11 address: ... got "127.0.1"
AddressWithPort | [[listen]]\naddress = "127.0.0.1:9999"\n | 2:11 expected an IPv4
AddressInBrackets | [[listen]]\naddress = "[::1]"\n | 2:11 expected an IPv4
AddressEmpty | [[listen]]\naddress = ""\n | 2:11 address: expected ... got ""
AddressIsNumber | [[listen]]\naddress = 127\n | 2:11 address: expected a string, got a whole number
AddressWithoutZone | [[listen]]\naddress = "fe80::1%"\n | 2:11 expected an interface
PathRelative | [[listen]]\naddress = "unix:run/echo"\n | 2:11 expected an absolute path
PathEmpty | [[listen]]\naddress = "unix:"\n | 2:11 expected an absolute path
PathTooLong | [[listen]]\naddress =
  "unix:/23456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"\n
  | 2:11 expected a path of at most 107 bytes
PathWithNul | [[listen]]\naddress = "unix:/a\\u0000b"\n
  | 2:11 expected a path without control characters
PathWithLineBreak | [[listen]]\naddress = "unix:/a\\nExecStartPre=/bin/touch x"\n
  | 2:11 expected a path without control characters
PathWithHighControl | [[listen]]\naddress = "unix:/a\\u009Bb"\n
  | 2:11 address: expected a path without control characters ... got "unix:/a\\u009Bb"
PathWithDots | [[listen]]\naddress = "unix:/run/../etc/a"\n
  | 2:11 expected the path of a file, without "//", "." or ".."
PathOfFolder | [[listen]]\naddress = "unix:/run/yodel/"\n | 2:11 without a final '/'
ZoneWithLineBreak | [[listen]]\naddress = "fe80::1%lo\\nx=y"\n
  | 2:11 expected an interface after '%'
ZoneTooLong | [[listen]]\naddress = "fe80::1%sixteen-letters-"\n | 2:11 at most 15 bytes
ZoneOfAnAddressThatNeedsNone | [[listen]]\naddress = "2001:db8::7%eth0"\n
  | 2:11 expected "2001:db8::7" (only link-local addresses
LinkLocalWithoutZone | [[listen]]\naddress = "febf::1"\n
  | 2:11 expected an interface after a link-local address, such as "febf::1%eth0"
MappedAddress | [[listen]]\naddress = "::ffff:127.0.0.1"\n
  | 2:11 expected "127.0.0.1" (an IPv6 listener accepts no IPv4 connections)
MulticastAddress | [[listen]]\naddress = "ff02::1%eth0"\n | 2:11 expected a unicast address
BroadcastAddress | [[listen]]\naddress = "255.255.255.255"\n | 2:11 expected a unicast address
PortBesideUnix | [[listen]]\naddress = "unix:/run/echo"\nport = 1\n
  | 3:1 port: cannot be used with a unix: address
PortBeforeUnix | [[listen]]\n port = 1\n address = "unix:/run/echo"\n
  | 2:2 port: cannot be used with a unix: address
# Names and texts.
NameEmpty | [[listen]]\nname = ""\n | 2:8 name: expected 1 to 64 ... got ""
NameWithColon | [[listen]]\nname = "a:b"\n | 2:8 name: expected 1 to 64 ... got "a:b"
NameTooLong | [[listen]]\nname =
  "12345678901234567890123456789012345678901234567890123456789012345"\n | 2:8 expected 1 to 64
NameUmlaut | [[listen]]\nname = "k\xc3\xbc"\n | 2:8 name: ... got "k\xc3\xbc"
NameIsNumber | [[listen]]\nname = 1\n | 2:8 name: expected a string, got a whole number
WelcomeIsNumber | [greet]\nwelcome = 1\n | 2:11 welcome: ... got a whole number
WelcomeIsArray | [greet]\nwelcome = ["a"]\n | 2:11 welcome: ... got an array
# Columns are characters: the two bytes of an umlaut are one.
ColumnAfterUmlaut | listen = [{name = "\xc3\xbc", port = 70000}]\n | 1:19 name: ... got "\xc3\xbc"
  | 1:31 port: ... got 70000
EscapedValue | [log]\nlevel = "a\\u001bb"\n | 2:9 level: ... got "a\\u001Bb"
# Unknown keys and tables.
UnknownKey | [[listen]]\nadress = "127.0.0.1"\n
  | 2:1 unknown key 'adress' in [[listen]]; did you mean 'address'?
UnknownKeyIndented | [[listen]]\n\tprot = 1\n | 2:2 did you mean 'port'?
UnknownKeyUpperCase | [limits]\nSESSIONS = 1\n | 2:1 did you mean 'sessions'?
UnknownKeyDash | [limits]\nidle-timeout = "1s"\n | 2:1 did you mean 'idle_timeout'?
UnknownKeyFar | [log]\ncolour = true\n
  | 2:1 unknown key 'colour' in [log]; expected 'level', 'target' or 'format'
UnknownKeyAlone | [shutdown]\nx = 1\n | 2:1 unknown key 'x' in [shutdown]; expected 'grace'
UnknownKeyQuoted | [greet]\n"a b" = 1\n | 2:1 unknown key '"a b"' in [greet]
UnknownKeyEmpty | [greet]\n"" = 1\n | 2:1 unknown key '""' in [greet]
UnknownKeyEscaped | [greet]\n"a\\nb" = 1\n | 2:1 unknown key '"a\\nb"'
UnknownKeyDotted | greet.wellcome = "x"\n | 1:7 did you mean 'welcome'?
UnknownKeyInline | log = {level = "info", levle = "info"}\n
  | 1:24 unknown key 'levle' in [log]; did you mean 'level'?
KeyOutsideTables | port = 9999\n | 1:1 unknown key 'port'; expected [[listen]], [greet]
UnknownTable | [gret]\nwelcome = "x"\n | 1:2 unknown table [gret]; did you mean [greet]?
UnknownTableFar | [tls]\ncert = "x"\n
  | 1:2 unknown table [tls]; expected [[listen]], [greet], [probe], [limits], [reload], [shutdown] or [log]
UnknownTables | [[listener]]\n[[listener]]\n
  | 1:3 unknown table [[listener]]; did you mean [[listen]]?
UnknownSubtable | [log.file]\npath = "x"\n | 1:6 unknown table [file] in [log]
UnknownSubtableOfListen | [[listen]]\n[listen.tls]\n | 2:9 unknown table [tls] in [[listen]]
TableAsKey | [log.level]\n | 1:1 level: expected "debug" ... got a table
# Tables of the wrong kind.
ListenIsTable | [listen]\nport = 1\n | 1:1 listen: expected [[listen]], got a single table
ListenIsTableWithFault | [listen]\nport = 70000\n
  | 1:1 listen: expected [[listen]], got a single table | 2:8 port: ... got 70000
ListenIsInlineTable | listen = {port = 1}\n | 1:10 listen: expected [[listen]], got a single table
ListenIsString | listen = "127.0.0.1"\n | 1:10 listen: expected [[listen]], got a string
ListenIsEmpty | listen = []\n | 1:10 listen: expected at least one [[listen]], got an empty array
ListenHoldsNumber | listen = [{port = 1}, 2]\n
  | 1:23 listen: expected only tables in the array, got a whole number
ListenHoldsArrays | listen = [\n  [],\n  [],\n]\n
  | 2:3 listen: expected only tables in the array, got an array
  | 3:3 listen: expected only tables in the array, got an array
GreetIsArray | [[greet]]\nwelcome = "x"\n | 1:1 greet: expected the table [greet], got an array
LogIsString | log = "info"\n | 1:7 log: expected the table [log], got a string
LimitsIsNumber | limits = 5\n | 1:10 limits: expected the table [limits], got a whole number
# Duplicate listeners.
DuplicateDefault | [[listen]]\n[[listen]]\n
  | 2:1 duplicate listener 127.0.0.1:9999, already on line 1; change its address or port
DuplicateAddress | [[listen]]\naddress = "::1"\n\n[[listen]]\naddress = "0:0::1"\nport = 9999\n
  | 4:1 duplicate listener [::1]:9999
DuplicatePath
  | [[listen]]\naddress = "unix:/a"\n[[listen]]\naddress = "unix:/b"\n[[listen]]\naddress =
  "unix:/a"\n | 5:1 duplicate listener unix:/a, already on line 1; change its address or port
DuplicateThrice | listen = [{}, {}, {}]\n | 1:15 duplicate listener | 1:19 duplicate listener
# Overlapping listeners.
OverlapWithAll | [[listen]]\naddress = "0.0.0.0"\n[[listen]]\n[[listen]]\nport = 7\n
  | 3:1 listener 127.0.0.1:9999 overlaps with 0.0.0.0:9999 on line 1: 0.0.0.0 includes 127.0.0.1;
  remove one or change its port
OverlapOfAll
  | [[listen]]\naddress = "::1"\n[[listen]]\naddress = "fe80::1%lo"\n[[listen]]\naddress = "::"\n
  | 5:1 listener [::]:9999 overlaps with [::1]:9999 on line 1
OverlapBesideDuplicate | listen = [{}, {address = '0.0.0.0'}, {address = '0.0.0.0'}, {address =
  '127.0.0.2'}]\n | 1:15 listener 0.0.0.0:9999 overlaps | 1:38 duplicate listener 0.0.0.0:9999
  | 1:61 listener 127.0.0.2:9999 overlaps with 0.0.0.0:9999
DuplicateName | [[listen]]\nname = "a"\n[[listen]]\nname = "a"\nport = 1\n
  | 4:8 name: "a" is already used on line 2; choose another
DuplicateBesideFault | [[listen]]\nbacklog = 0\n[[listen]]\nbacklog = 0\n | 2:11 backlog: ... got 0
  | 3:1 duplicate listener | 4:11 backlog: ... got 0
# The value that would set the two apart is invalid, so they are not called duplicates.
NoDuplicateBadPort | [[listen]]\n[[listen]]\nport = 70000\n | 3:8 port: ... got 70000
NoDuplicateBadKey | [[listen]]\n[[listen]]\nadress = "::1"\n | 3:1 did you mean 'address'?
NoDuplicateBadSyntax | [[listen]]\n[[listen]]\nport = 80x\n | 3:8 80x is not a value
# Duplicate keys and tables.
DuplicateKey | [log]\nlevel = "info"\nlevel = "err"\n | 3:1 duplicate key 'level'; keep only one
DuplicateKeyIndented | [log]\n  level = "info"\n    level   =    "err"\n | 3:5 duplicate key 'level'
DuplicateKeyQuoted | [log]\nlevel = "info"\n "level" = "err"\n | 3:2 duplicate key
DuplicateKeyInline | log = {level = "info", level = "err"}\n | 1:24 duplicate key 'level'
DuplicateKeyDotted | log.level = "info"\nlog . level = "err"\n | 2:1 duplicate key 'log.level'
DuplicateKeyTwice | [log]\nlevel = "info"\nlevel = "err"\nlevel = "err"\n
  | 3:1 duplicate key 'level'
DuplicateKeyBesideTable | greet = {delay = "1s"}\ngreet.welcome = "x"\n | 2:1 duplicate key 'greet'
DuplicateTable | [log]\nlevel = "info"\n[log]\ntarget = "auto"\n
  | 3:1 duplicate table [log]; put all its keys under one header
DuplicateTableIndented | [log]\n  [log]  # again\n | 2:3 duplicate table [log]
DuplicateTableOtherForm | [log]\n[[log]]\n | 2:1 [[log]] conflicts with an earlier key or table
DuplicateListenAsTable | [[listen]]\n[listen]\n
  | 2:1 [listen] conflicts with an earlier key or table
DuplicateListenInline | listen = [{}]\n[[listen]]\n
  | 2:1 [[listen]] conflicts with an earlier key or table
TableBelowKey | [log]\nlevel = "info"\n[log.level.x]\n[greet]\n
  | 3:1 [log.level.x] conflicts with an earlier key or table
TableBelowKeyAtEnd | [log]\nlevel = "info"\n[log.level.x]
  | 3:1 [log.level.x] conflicts with an earlier
TableBelowInlineTable | log = {}\n[log.x]\n | 2:1 [log.x] extends an inline table
# Values.
BareWord | [[listen]]\nprotocol = echo\n | 2:12 echo is not a value; a string needs quotes: "echo"
BareWordLikeBoolean | [[listen]]\nprotocol = tcp\n | 2:12 tcp is not a value
BareWordLikeNan | [log]\nlevel = notice\n | 2:9 notice is not a value
BareDuration | [limits]\nidle_timeout = 5m\n | 2:16 5m is not a value; a string needs quotes: "5m"
BareAddress | [[listen]]\naddress = 127.0.0.1\n | 2:11 127.0.0.1 is not a value
BareIpv6 | [[listen]]\naddress = ::1\n | 2:11 ::1 is not a value
BarePath | [[listen]]\naddress = unix:/run/echo\n | 2:11 unix:/run/echo is not a value
BareInline | listen = [{protocol = tcp}]\n | 1:23 tcp is not a value
UpperCaseBoolean | [log]\nlevel = True\n | 2:9 True is not a value
TypographicQuotes | [greet]\nwelcome = \xe2\x80\x9chi\xe2\x80\x9d\n
  | 2:11 \xe2\x80\x9chi\xe2\x80\x9d is not a value
LeadingZero | [[listen]]\nport = 0999\n | 2:8 expected a number without leading zeros, got 0999
UnderscoreAtEnd | [[listen]]\nport = 99_\n | 2:8 expected '_' only between digits, got 99_
NumberTooLong | [[listen]]\nport = 99999999999999999999\n
  | 2:8 expected a number that fits into 64 bits, got 99999999999999999999
SignAlone | [[listen]]\nport = -\n | 2:8 - is not a value
ValueMissing | [[listen]]\nport =\n | 2:7 expected a value after '=', got the end of the line
ValueMissingAtEnd | [[listen]]\nport = | 2:7 expected a value ... got the end of the line
ValueIsComment | [[listen]]\nport = # 9999\n | 2:8 expected a value after '=', got '#'
ValueTwice | [[listen]]\nport = 1 2\n | 2:10 expected the end of the line, got '2'
TwoKeysOnOneLine | [[listen]]\nport = 1, backlog = 2\n | 2:9 expected the end of the line, got ','
# Keys.
EqualsMissing | [[listen]]\nport 9999\n | 2:6 expected '=' after the key, got '9'
ColonForEquals | [[listen]]\nport: 9999\n | 2:5 expected '=' after the key, got ':'
KeyAlone | [[listen]]\nport\n | 2:5 expected '=' ... got the end of the line
KeyAloneAtEnd | port | 1:5 expected '=' ... got the end of the line
KeyMissing | [[listen]]\n= 9999\n | 2:1 expected a key, a [table] or a comment, got '='
KeyUmlaut | [greet]\n\xc3\xbc = 1\n | 2:1 expected a key ... got '\xc3\xbc'
KeyEndsInDot | greet. = 1\n | 1:8 expected a key of letters ... got '='
KeyInThreeQuotes | """port""" = 1\n | 1:1 expected a key without triple quotes
KeyTooDeep | a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q = 1\n | 1:32 key with more than 16 parts
SlashComment | // a comment\n[log]\n | 1:1 expected a key, a [table] or a comment, got '/'
# Headers.
HeaderOpen | [log\nlevel = 7\n | 1:5 expected ']' ... got the end of the line
HeaderHalfOpen | [[listen]\nport = 70000\n | 1:10 expected ']' ... got the end of the line
HeaderEmpty | []\n | 1:2 expected a table's name ... got ']'
HeaderEquals | [=]\n | 1:2 expected a key of letters ... got '='
HeaderWithSpace | [my log]\n | 1:5 expected ']' ... got 'l'
HeaderBracketsApart | [ [listen] ]\n | 1:3 expected '[[' or ']]' without a space inside
HeaderThenKey | [log] level = "info"\n | 1:7 expected the end of the line, got 'l'
HeaderCloseTwice | [log]]\n | 1:6 expected the end of the line, got ']'
# Strings.
StringOpen | [greet]\nwelcome = "hi\ndelay = "1s"\n
  | 2:11 unterminated string; expected a closing " on the same line
StringOpenAtEnd | [greet]\nwelcome = "hi | 2:11 unterminated string; expected a closing "
StringOpenLiteral | [greet]\nwelcome = 'hi\n
  | 2:11 unterminated string; expected a closing ' on the same line
StringOnlyQuote | [greet]\nwelcome = " | 2:11 unterminated string
StringOnlyQuoteInline | greet = {welcome = ' | 1:20 unterminated string
StringOnlyQuoteInArray | listen = [" | 1:11 unterminated string
StringEscapedQuote | [greet]\nwelcome = "hi\\"\n | 2:11 unterminated string
StringOpenWindows | [greet]\r\nwelcome = "hi\r\n | 2:11 unterminated string
LongStringOpen | [greet]\nwelcome = """\nhi\n[log]\nlevel = 7\n
  | 2:11 unterminated string; expected a closing """
LongLiteralOpen | [greet]\nwelcome = '''hi''\n | 2:11 unterminated string; expected a closing '''
EscapeUnknown | [greet]\nwelcome = "a\\qb"\n | 2:14 expected one of ... got 'q'
EscapeHexPair | [greet]\nwelcome = "\\x41"\n | 2:13 expected one of ... got 'x'
EscapeShort | [greet]\nwelcome = "\\u12"\n | 2:16 expected a hexadecimal digit ... got '"'
EscapeSurrogate | [greet]\nwelcome = "\\uD800"\n
  | 2:12 expected a character, not half of a surrogate pair, got '\\uD800'
EscapeTooLarge | [greet]\nwelcome = "\\U00110000"\n
  | 2:12 expected a character of at most U+10FFFF, got '\\U00110000'
ControlCharacter | [greet]\nwelcome = "a\x01b"\n | 2:13 expected text without control ... got U+0001
ControlInComment | [greet]\n# \x07\n | 2:3 got U+0007
CarriageReturnAlone | [log]\rlevel = 7\n | 1:7 a line feed after the carriage return
# Arrays and inline tables.
ArrayOpen | listen = [\n  {port = 1},\n | 1:10 unterminated array; expected a closing ']'
ArrayWithoutComma | listen = [{port = 1} {port = 2}]\n | 1:22 expected ',' or ']', got '{'
ArrayCommaTwice | listen = [{port = 1},, {port = 2}]\n | 1:22 expected ... got ','
ArrayClosedByBrace | listen = [}]\n | 1:11 expected a value ... got '}'
ArrayRunsOn | listen = [{port = 1}\n[log]\nlevel = 7\n | 2:1 expected ',' or ']', got '['
InlineTableOpen | log = {level = "info"\n | 1:22 expected ... got the end of the line
InlineTableEndsInComma | log = {level = "info",}\n | 1:23 expected a key after ',', got '}'
InlineTableWithoutComma | log = {level = "info" target = "auto"}\n
  | 1:23 expected ',' or '}', got 't'
# Encoding.
NotUtf8 | [greet]\nwelcome = "caf\xe9"\n | 2:15 expected UTF-8 text, got byte 0xE9
NotUtf8AfterUmlaut | [greet]\nwelcome = "\xc3\xbc\xff"\n | 2:13 expected UTF-8 text, got byte 0xFF
NotUtf8InComment | # \xc3\n[greet]\n | 1:3 expected UTF-8 text, got byte 0xC3
NotUtf8Overlong | [greet]\nwelcome = "\xc0\xaf"\n | 2:12 expected UTF-8 text, got byte 0xC0
NotUtf8Surrogate | [greet]\nwelcome = "\xed\xa0\x80"\n | 2:12 expected UTF-8 text, got byte 0xED
NotUtf8TooLarge | [greet]\nwelcome = "\xf4\x90\x80\x80"\n | 2:12 expected UTF-8 text, got byte 0xF4
NotUtf8CutShort | [greet]\nwelcome = "x" # \xe2\x82 | 2:17 expected UTF-8 text, got byte 0xE2
NotUtf8AsKey | [log]\n\xff = 1\n | 2:1 expected UTF-8 text, got byte 0xFF
NotUtf8AsAddress | [[listen]]\naddress = "\xff"\n | 2:12 expected UTF-8 text, got byte 0xFF
Utf16 | \xff\xfe[\x00l\x00 | 1:1 expected UTF-8 text, got byte 0xFF
NulInString | [greet]\nwelcome = "a\x00b"\n | 2:13 expected UTF-8 text, got a NUL byte
NulAfterValue | [[listen]]\nport = 1\x00\n | 2:9 expected UTF-8 text, got a NUL byte
ByteOrderMarkThenFault | \xef\xbb\xbfport = 1\n | 1:1 unknown key 'port'
# Several errors.
ThreeKinds | [[listen]]\nport = 1\nport = 2\nbacklog = 0\nprotocol = echo\n
  | 3:1 duplicate key 'port'
ThreeSyntax | [log]\nlevel = info\ntarget "auto"\n[greet]\nwelcome = "hi\n | 2:9 info is not a value
ThreeValues | [limits]\nsessions = 0\nidle_timeout = 5\nsession_timeout = "x"\n
  | 2:12 sessions: ... got 0 | 3:16 idle_timeout: ... got a whole number
  | 4:19 session_timeout: ... got "x"
OrderOfTheFile | [log]\nlevel = 1\n[greet]\ndelay = 1\n[[listen]]\nport = "x"\n | 2:9 level
  | 4:9 delay | 6:8 port
TwoOnOneLine | log = {level = 1, target = 2}\n | 1:16 level: | 1:28 target:
WindowsLines | [log]\r\nlevel = info\r\ntarget = 1\r\n | 2:9 info is not a value
DuplicateTableThenFault | [log]\n[log]\n[greet]\ndelay = 1\n | 2:1 duplicate table [log]
FaultInsideArray | listen = [\n  {port = 1},\n  {port = x},\n]\n[log]\nlevel = 7\n
  | 3:11 x is not a value
EncodingAndMore | [greet]\nwelcome = "\xff"\ndelay = 1s\nframing = 1\n
  | 2:12 expected UTF-8 text, got byte 0xFF
SyntaxBeforeEncoding | x y\n# \xff\n | 2:3 expected UTF-8 text, got byte 0xFF
EncodingTwiceOnALine | # \xff \xff\n# \x00\n | 1:3 expected UTF-8 text, got byte 0xFF
MergeConflict | [log]\n<<<<<<< HEAD\nlevel = "info"\n=======\nlevel = "err"\n>>>>>>> x\n
  | 2:1 got '<'
SyntaxBeforeDeepKey | x y\na.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q = 1\n | 1:3 got 'y'
)TABLE";

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + separator.size());
  }
}

std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      plain += text[i];
      continue;
    }
    const char kind = text.at(++i);
    constexpr std::string_view kinds = "nrt\\";
    if (const auto at = kinds.find(kind); at != std::string_view::npos) {
      plain += "\n\r\t\\"[at];
    } else if (kind == 'x') {
      plain += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      throw std::invalid_argument(std::string(text));
    }
  }
  return plain;
}

ExpectedFault fault_in(const std::string& field) {
  const auto colon = field.find(':');
  const auto space = field.find(' ', colon);
  return {static_cast<std::uint32_t>(std::stoul(field)),
          static_cast<std::uint32_t>(std::stoul(field.substr(colon + 1))),
          unescaped(field.substr(space + 1))};
}

}  // namespace

std::vector<BadFile> bad_files() {
  std::vector<BadFile> all;
  for (const auto& line : split(replaced(std::string(table), "\n  ", " "), "\n")) {
    if (line.empty() || line.starts_with('#')) continue;
    const auto fields = split(line, " | ");
    BadFile file{.name = fields.at(0), .text = unescaped(fields.at(1)), .faults = {}};
    std::transform(fields.begin() + 2, fields.end(), std::back_inserter(file.faults), fault_in);
    all.push_back(std::move(file));
  }
  return all;
}

}  // namespace yodel::tests
