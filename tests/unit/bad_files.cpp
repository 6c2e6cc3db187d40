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
// A backslash is written as in C, and \x has two digits. A line that begins with two spaces goes on
// with the previous one. '#' begins a comment.
constexpr std::string_view table = R"TABLE(
# Numbers: type and range.
PortTooLarge | [[listen]]\nport = 70000\n
  | 2:8 port = 70000: expected a whole number from 0 to 65535
PortNegative | [[listen]]\nport = -1\n | 2:8 port = -1: expected
PortIsString | [[listen]]\nport = "9999"\n
  | 2:8 port is a string; expected a whole number from 0 to 65535
PortIsFraction | [[listen]]\nport = 1.0\n | 2:8 port is a number with a fraction
PortIsBoolean | [[listen]]\n  port = true\n | 2:10 port is true or false
PortIsArray | [[listen]]\nport = [9999]\n | 2:8 port is an array
PortIsTable | [[listen]]\nport = {}\n | 2:8 port is a table
PortIsDate | [[listen]]\nport = 2024-01-01\n | 2:8 port is a date
PortIsTime | [[listen]]\nport = 10:00:00\n | 2:8 port is a time of day
PortIsDateTime | [[listen]]\nport = 2024-01-01T10:00:00Z\n | 2:8 port is a date and time
PortIsInfinite | [[listen]]\nport = inf\n | 2:8 port is a number with a fraction
PortHexTooLarge | [[listen]]\nport=0x10000\n | 2:6 port = 65536: expected
BacklogZero | [[listen]]\nbacklog = 0\n
  | 2:11 backlog = 0: expected a whole number from 1 to 1048576
BacklogTooLarge | [[listen]]\nbacklog = 1048577\n | 2:11 backlog = 1048577
BacklogIsString | [[listen]]\nbacklog = "128"\n
  | 2:11 backlog is a string; expected a whole number from 1 to 1048576
SocketBufferTooLarge | [[listen]]\nsocket_buffer = 536870913\n
  | 2:17 socket_buffer = 536870913: expected a whole number from 0 to 536870912
SocketBufferOfAUnixSocket | [[listen]]\naddress = "unix:/x"\nsocket_buffer = 1\n
  | 3:1 socket_buffer beside a unix: address; expected none
PeerTimeoutThatTheKernelCannotCount | [limits]\npeer_timeout = "24d1ms"\n
  | 2:16 peer_timeout = "24d1ms": expected at most "24d"
SessionsZero | [limits]\nsessions = 0\n
  | 2:12 sessions = 0: expected a whole number from 1 to 4194304
SessionsTooLarge | [limits]\nsessions = 4194305\n | 2:12 sessions = 4194305
SessionsSmallestInteger | [limits]\nsessions = -9223372036854775808\n
  | 2:12 sessions = -9223372036854775808
SourceNegative | [limits]\nsessions_per_source = -1\n
  | 2:23 sessions_per_source = -1: expected a whole number from 0 to 4194304
SourceTooLarge | [limits]\nsessions_per_source = 4_194_305\n | 2:23 = 4194305
MessageSizeZero | [greet]\nmessage_size = 0\n
  | 2:16 message_size = 0: expected a whole number from 1 to 65536
MessageSizeTooLarge | [greet]\nmessage_size = 65537\n | 2:16 message_size = 65537
# Words.
ProtocolUnknown | [[listen]]\nprotocol = "http"\n
  | 2:12 protocol = "http": expected "greet" or "echo"
ProtocolUpperCase | [[listen]]\nprotocol = "Echo"\n | 2:12 protocol = "Echo"
ProtocolEmpty | [[listen]]\nprotocol = ""\n | 2:12 protocol = ""
ProtocolIsNumber | [[listen]]\nprotocol = 7\n
  | 2:12 protocol is a whole number; expected "greet" or "echo"
FramingUnknown | [greet]\nframing = "automatic"\n
  | 2:11 framing = "automatic": expected "auto", "lines" or "unframed"
LevelUnknown | [log]\nlevel = "error"\n | 2:9 expected "debug", "info", "notice", "warning" or "err"
LevelIsNumber | [log]\nlevel = 6\n | 2:9 level is a whole number
TargetUnknown | [log]\ntarget = "syslog"\n
  | 2:10 target = "syslog": expected "auto", "journal" or "stderr"
TargetIsArray | [log]\ntarget = ["journal", "stderr"]\n | 2:10 target is an array
# Durations.
DelayIsNumber | [greet]\ndelay = 1\n
  | 2:9 delay is a whole number; expected a duration such as "500ms"
DelayWithoutUnit | [greet]\ndelay = "1"\n | 2:9 delay = "1": expected a duration
DelayWithSpace | [greet]\ndelay = "1 s"\n | 2:9 delay = "1 s"
DelayNegative | [greet]\ndelay = "-1s"\n | 2:9 delay = "-1s"
DelayEmpty | [greet]\ndelay = ""\n | 2:9 delay = ""
DelayIsTime | [greet]\ndelay = 00:00:01\n | 2:9 delay is a time of day
IdleTimeoutTooLong | [limits]\nidle_timeout = "366d"\n
  | 2:16 idle_timeout = "366d": expected a duration
IdleTimeoutOverflow | [limits]\nidle_timeout = "99999999999999999999d"\n | 2:16 at most "365d"
SessionTimeoutUnknownUnit | [limits]\nsession_timeout = "1w"\n | 2:19 session_timeout = "1w"
SessionTimeoutFraction | [limits]\nsession_timeout = "500us"\n | 2:19 session_timeout = "500us": expected a whole number of milliseconds
GraceUnitsTurned | [shutdown]\ngrace = "30s1m"\n | 2:9 grace = "30s1m"
GraceUnitTwice | [shutdown]\ngrace = "1s1s"\n | 2:9 grace = "1s1s"
GraceIsBoolean | [shutdown]\ngrace = false\n | 2:9 grace is true or false
# Addresses.
AddressIsName | [[listen]]\naddress = "localhost"\n
  | 2:11 address = "localhost": expected an IPv4 or IPv6 address
AddressShort | [[listen]]\naddress = "127.0.1"\n | 2:11 address = "127.0.1"
AddressWithPort | [[listen]]\naddress = "127.0.0.1:9999"\n | 2:11 expected an IPv4
AddressInBrackets | [[listen]]\naddress = "[::1]"\n | 2:11 expected an IPv4
AddressEmpty | [[listen]]\naddress = ""\n | 2:11 address = "": expected
AddressIsNumber | [[listen]]\naddress = 127\n | 2:11 address is a whole number; expected a string
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
  | 2:11 address = "unix:/a\\u009Bb": expected a path without control characters
PathWithDots | [[listen]]\naddress = "unix:/run/../etc/a"\n
  | 2:11 expected the path of a file, without "//", "." or ".."
PathOfFolder | [[listen]]\naddress = "unix:/run/yodel/"\n | 2:11 without a final '/'
ZoneWithLineBreak | [[listen]]\naddress = "fe80::1%lo\\nx=y"\n
  | 2:11 expected an interface after '%'
ZoneTooLong | [[listen]]\naddress = "fe80::1%sixteen-letters-"\n | 2:11 at most 15 bytes
ZoneOfAnAddressThatNeedsNone | [[listen]]\naddress = "2001:db8::7%eth0"\n
  | 2:11 expected "2001:db8::7": only a link-local address
LinkLocalWithoutZone | [[listen]]\naddress = "febf::1"\n
  | 2:11 expected its interface too, such as "febf::1%eth0"
MappedAddress | [[listen]]\naddress = "::ffff:127.0.0.1"\n
  | 2:11 expected "127.0.0.1", for an IPv6 listener takes no IPv4 connection
MulticastAddress | [[listen]]\naddress = "ff02::1%eth0"\n
  | 2:11 no TCP connection comes to a multicast or broadcast address
BroadcastAddress | [[listen]]\naddress = "255.255.255.255"\n
  | 2:11 no TCP connection comes to a multicast or broadcast address
PortBesideUnix | [[listen]]\naddress = "unix:/run/echo"\nport = 1\n
  | 3:1 port beside a unix: address; expected none
PortBeforeUnix | [[listen]]\n port = 1\n address = "unix:/run/echo"\n
  | 2:2 port beside a unix: address
# Names and texts.
NameEmpty | [[listen]]\nname = ""\n | 2:8 name = "": expected 1 to 64 of
NameWithColon | [[listen]]\nname = "a:b"\n | 2:8 name = "a:b": expected 1 to 64
NameTooLong | [[listen]]\nname =
  "12345678901234567890123456789012345678901234567890123456789012345"\n | 2:8 expected 1 to 64
NameUmlaut | [[listen]]\nname = "k\xc3\xbc"\n | 2:8 name = "k\xc3\xbc"
NameIsNumber | [[listen]]\nname = 1\n | 2:8 name is a whole number; expected a string
WelcomeIsNumber | [greet]\nwelcome = 1\n | 2:11 welcome is a whole number
WelcomeIsArray | [greet]\nwelcome = ["a"]\n | 2:11 welcome is an array
# Columns are characters: the two bytes of an umlaut are one.
ColumnAfterUmlaut | listen = [{name = "\xc3\xbc", port = 70000}]\n | 1:19 name = "\xc3\xbc"
  | 1:31 port = 70000
EscapedValue | [log]\nlevel = "a\\u001bb"\n | 2:9 level = "a\\u001Bb"
# Keys and tables that are none of ours.
UnknownKey | [[listen]]\nadress = "127.0.0.1"\n
  | 2:1 unknown key 'adress' in [[listen]]; did you mean 'address'?
UnknownKeyIndented | [[listen]]\n\tprot = 1\n | 2:2 did you mean 'port'?
UnknownKeyUpperCase | [limits]\nSESSIONS = 1\n | 2:1 did you mean 'sessions'?
UnknownKeyDash | [limits]\nidle-timeout = "1s"\n | 2:1 did you mean 'idle_timeout'?
UnknownKeyFar | [log]\ncolour = true\n
  | 2:1 unknown key 'colour' in [log]; expected 'level' or 'target'
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
  | 1:2 unknown table [tls]; expected [[listen]], [greet], [limits], [reload], [shutdown] or [log]
UnknownTables | [[listener]]\n[[listener]]\n
  | 1:3 unknown table [[listener]]; did you mean [[listen]]?
UnknownSubtable | [log.file]\npath = "x"\n | 1:6 unknown table [file] in [log]
UnknownSubtableOfListen | [[listen]]\n[listen.tls]\n | 2:9 unknown table [tls] in [[listen]]
TableAsKey | [log.level]\n | 1:1 level is a table; expected "debug"
# Tables of the wrong kind.
ListenIsTable | [listen]\nport = 1\n | 1:1 listen is a single table; expected [[listen]]
ListenIsTableWithFault | [listen]\nport = 70000\n | 1:1 listen is a single table | 2:8 port = 70000
ListenIsInlineTable | listen = {port = 1}\n | 1:10 listen is a single table
ListenIsString | listen = "127.0.0.1"\n | 1:10 listen is a string; expected [[listen]]
ListenIsEmpty | listen = []\n | 1:10 listen is an empty array; expected at least one [[listen]]
ListenHoldsNumber | listen = [{port = 1}, 2]\n
  | 1:23 a whole number in the array listen; expected only tables
ListenHoldsArrays | listen = [\n  [],\n  [],\n]\n | 2:3 an array in the array listen
  | 3:3 an array in the array listen
GreetIsArray | [[greet]]\nwelcome = "x"\n | 1:1 greet is an array; expected the table [greet]
LogIsString | log = "info"\n | 1:7 log is a string; expected the table [log]
LimitsIsNumber | limits = 5\n | 1:10 limits is a whole number; expected the table [limits]
# Listeners that are there twice.
DuplicateDefault | [[listen]]\n[[listen]]\n
  | 2:1 duplicate listener 127.0.0.1:9999; expected another address or port than that of line 1
DuplicateAddress | [[listen]]\naddress = "::1"\n\n[[listen]]\naddress = "0:0::1"\nport = 9999\n
  | 4:1 duplicate listener [::1]:9999
DuplicatePath | [[listen]]\naddress = "unix:/a"\n[[listen]]\naddress =
  "unix:/b"\n[[listen]]\naddress = "unix:/a"\n
  | 5:1 duplicate listener unix:/a; expected another address or port than that of line 1
DuplicateThrice | listen = [{}, {}, {}]\n | 1:15 duplicate listener | 1:19 duplicate listener
# Listeners that leave each other no room.
OverlapWithAll | [[listen]]\naddress = "0.0.0.0"\n[[listen]]\n[[listen]]\nport = 7\n | 3:1 listener
  127.0.0.1:9999 overlaps with 0.0.0.0:9999 of line 1; expected one of the two, or another port:
  0.0.0.0 includes 127.0.0.1
OverlapOfAll | [[listen]]\naddress = "::1"\n[[listen]]\naddress = "fe80::1%lo"\n[[listen]]\naddress
  = "::"\n | 5:1 listener [::]:9999 overlaps with [::1]:9999 of line 1
OverlapBesideDuplicate | listen = [{}, {address = '0.0.0.0'}, {address = '0.0.0.0'}, {address =
  '127.0.0.2'}]\n | 1:15 listener 0.0.0.0:9999 overlaps | 1:38 duplicate listener 0.0.0.0:9999
  | 1:61 listener 127.0.0.2:9999 overlaps with 0.0.0.0:9999
DuplicateName | [[listen]]\nname = "a"\n[[listen]]\nname = "a"\nport = 1\n
  | 4:8 name = "a": expected another name than that of line 2
DuplicateBesideFault | [[listen]]\nbacklog = 0\n[[listen]]\nbacklog = 0\n | 2:11 backlog = 0
  | 3:1 duplicate listener | 4:11 backlog = 0
# What sets the two apart is at fault, so they are not called duplicates.
NoDuplicateBadPort | [[listen]]\n[[listen]]\nport = 70000\n | 3:8 port = 70000
NoDuplicateBadKey | [[listen]]\n[[listen]]\nadress = "::1"\n | 3:1 did you mean 'address'?
NoDuplicateBadSyntax | [[listen]]\n[[listen]]\nport = 80x\n | 3:8 80x is not a value
# Keys and tables that are there twice.
DuplicateKey | [log]\nlevel = "info"\nlevel = "err"\n
  | 3:1 duplicate key 'level'; expected each key once in a table
DuplicateKeyIndented | [log]\n  level = "info"\n    level   =    "err"\n | 3:5 duplicate key 'level'
DuplicateKeyQuoted | [log]\nlevel = "info"\n "level" = "err"\n | 3:2 duplicate key
DuplicateKeyInline | log = {level = "info", level = "err"}\n | 1:24 duplicate key 'level'
DuplicateKeyDotted | log.level = "info"\nlog . level = "err"\n | 2:1 duplicate key 'log.level'
DuplicateKeyTwice | [log]\nlevel = "info"\nlevel = "err"\nlevel = "err"\n
  | 3:1 duplicate key 'level'
DuplicateKeyBesideTable | greet = {delay = "1s"}\ngreet.welcome = "x"\n | 2:1 duplicate key 'greet'
DuplicateTable | [log]\nlevel = "info"\n[log]\ntarget = "auto"\n
  | 3:1 duplicate table [log]; expected each table once
DuplicateTableIndented | [log]\n  [log]  # again\n | 2:3 duplicate table [log]
DuplicateTableOtherForm | [log]\n[[log]]\n | 2:1 [[log]] names what is set already
DuplicateListenAsTable | [[listen]]\n[listen]\n | 2:1 [listen] names what is set already
DuplicateListenInline | listen = [{}]\n[[listen]]\n | 2:1 [[listen]] names what is set already
TableBelowKey | [log]\nlevel = "info"\n[log.level.x]\n[greet]\n
  | 3:1 [log.level.x] names what is set already
TableBelowKeyAtEnd | [log]\nlevel = "info"\n[log.level.x] | 3:1 [log.level.x] names
TableBelowInlineTable | log = {}\n[log.x]\n | 2:1 [log.x] adds to an inline table
# Values.
BareWord | [[listen]]\nprotocol = echo\n
  | 2:12 echo is not a value; text stands in quotes, as in "echo"
BareWordLikeBoolean | [[listen]]\nprotocol = tcp\n | 2:12 tcp is not a value
BareWordLikeNan | [log]\nlevel = notice\n | 2:9 notice is not a value
BareDuration | [limits]\nidle_timeout = 5m\n
  | 2:16 5m is not a value; text stands in quotes, as in "5m"
BareAddress | [[listen]]\naddress = 127.0.0.1\n | 2:11 127.0.0.1 is not a value
BareIpv6 | [[listen]]\naddress = ::1\n | 2:11 ::1 is not a value
BarePath | [[listen]]\naddress = unix:/run/echo\n | 2:11 unix:/run/echo is not a value
BareInline | listen = [{protocol = tcp}]\n | 1:23 tcp is not a value
UpperCaseBoolean | [log]\nlevel = True\n | 2:9 True is not a value
TypographicQuotes | [greet]\nwelcome = \xe2\x80\x9chi\xe2\x80\x9d\n
  | 2:11 \xe2\x80\x9chi\xe2\x80\x9d is not a value
LeadingZero | [[listen]]\nport = 0999\n | 2:8 0999: expected a number without leading zeros
UnderscoreAtEnd | [[listen]]\nport = 99_\n | 2:8 99_: expected '_' only between digits
NumberTooLong | [[listen]]\nport = 99999999999999999999\n
  | 2:8 99999999999999999999: expected a number that fits into 64 bits
SignAlone | [[listen]]\nport = -\n | 2:8 - is not a value
ValueMissing | [[listen]]\nport =\n | 2:7 found the end of the line; expected a value after '='
ValueMissingAtEnd | [[listen]]\nport = | 2:7 found the end of the line; expected a value
ValueIsComment | [[listen]]\nport = # 9999\n | 2:8 found '#'; expected a value after '='
ValueTwice | [[listen]]\nport = 1 2\n | 2:10 found '2'; expected the end of the line
TwoKeysOnOneLine | [[listen]]\nport = 1, backlog = 2\n | 2:9 found ','; expected the end of the line
# Keys.
EqualsMissing | [[listen]]\nport 9999\n | 2:6 found '9'; expected '=' after the key
ColonForEquals | [[listen]]\nport: 9999\n | 2:5 found ':'; expected '=' after the key
KeyAlone | [[listen]]\nport\n | 2:5 found the end of the line; expected '='
KeyAloneAtEnd | port | 1:5 found the end of the line; expected '='
KeyMissing | [[listen]]\n= 9999\n | 2:1 found '='; expected a key, a [table] or a comment
KeyUmlaut | [greet]\n\xc3\xbc = 1\n | 2:1 found '\xc3\xbc'; expected a key
KeyEndsInDot | greet. = 1\n | 1:8 found '='; expected a key of letters
KeyInThreeQuotes | """port""" = 1\n | 1:1 expected a key in one pair of quotes
KeyTooDeep | a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q = 1\n | 1:32 key of more than 16 parts
SlashComment | // a comment\n[log]\n | 1:1 found '/'; expected a key, a [table] or a comment
# Headers.
HeaderOpen | [log\nlevel = 7\n | 1:5 found the end of the line; expected ']'
HeaderHalfOpen | [[listen]\nport = 70000\n | 1:10 found the end of the line; expected ']'
HeaderEmpty | []\n | 1:2 found ']'; expected a table's name
HeaderEquals | [=]\n | 1:2 found '='; expected a key of letters
HeaderWithSpace | [my log]\n | 1:5 found 'l'; expected ']'
HeaderBracketsApart | [ [listen] ]\n | 1:3 expected no space between the brackets
HeaderThenKey | [log] level = "info"\n | 1:7 found 'l'; expected the end of the line
HeaderCloseTwice | [log]]\n | 1:6 found ']'; expected the end of the line
# Strings.
StringOpen | [greet]\nwelcome = "hi\ndelay = "1s"\n
  | 2:11 the string is not closed; expected " on its line
StringOpenAtEnd | [greet]\nwelcome = "hi | 2:11 the string is not closed; expected "
StringOpenLiteral | [greet]\nwelcome = 'hi\n | 2:11 the string is not closed; expected ' on its line
StringOnlyQuote | [greet]\nwelcome = " | 2:11 the string is not closed
StringOnlyQuoteInline | greet = {welcome = ' | 1:20 the string is not closed
StringOnlyQuoteInArray | listen = [" | 1:11 the string is not closed
StringEscapedQuote | [greet]\nwelcome = "hi\\"\n | 2:11 the string is not closed
StringOpenWindows | [greet]\r\nwelcome = "hi\r\n | 2:11 the string is not closed
LongStringOpen | [greet]\nwelcome = """\nhi\n[log]\nlevel = 7\n
  | 2:11 the string is not closed; expected """
LongLiteralOpen | [greet]\nwelcome = '''hi''\n | 2:11 the string is not closed; expected '''
EscapeUnknown | [greet]\nwelcome = "a\\qb"\n | 2:14 found 'q'; expected after '\\' one of
EscapeHexPair | [greet]\nwelcome = "\\x41"\n | 2:13 found 'x'; expected after '\\' one of
EscapeShort | [greet]\nwelcome = "\\u12"\n | 2:16 found '"'; expected a hexadecimal digit
EscapeSurrogate | [greet]\nwelcome = "\\uD800"\n
  | 2:12 found '\\uD800'; expected a character, not half of a surrogate pair
EscapeTooLarge | [greet]\nwelcome = "\\U00110000"\n
  | 2:12 found '\\U00110000'; expected a character of at most U+10FFFF
ControlCharacter | [greet]\nwelcome = "a\x01b"\n | 2:13 found U+0001; expected text without control
ControlInComment | [greet]\n# \x07\n | 2:3 found U+0007
CarriageReturnAlone | [log]\rlevel = 7\n | 1:7 a line feed after the carriage return
# Arrays and inline tables.
ArrayOpen | listen = [\n  {port = 1},\n | 1:10 the array is not closed; expected ']'
ArrayWithoutComma | listen = [{port = 1} {port = 2}]\n | 1:22 found '{'; expected ',' or ']'
ArrayCommaTwice | listen = [{port = 1},, {port = 2}]\n | 1:22 found ','; expected
ArrayClosedByBrace | listen = [}]\n | 1:11 found '}'; expected a value
ArrayRunsOn | listen = [{port = 1}\n[log]\nlevel = 7\n | 2:1 found '['; expected ',' or ']'
InlineTableOpen | log = {level = "info"\n | 1:22 found the end of the line; expected
InlineTableEndsInComma | log = {level = "info",}\n | 1:23 found '}'; expected a key after ','
InlineTableWithoutComma | log = {level = "info" target = "auto"}\n
  | 1:23 found 't'; expected ',' or '}'
# Encoding.
NotUtf8 | [greet]\nwelcome = "caf\xe9"\n | 2:15 byte 0xE9 is not UTF-8
NotUtf8AfterUmlaut | [greet]\nwelcome = "\xc3\xbc\xff"\n | 2:13 byte 0xFF is not UTF-8
NotUtf8InComment | # \xc3\n[greet]\n | 1:3 byte 0xC3 is not UTF-8
NotUtf8Overlong | [greet]\nwelcome = "\xc0\xaf"\n | 2:12 byte 0xC0
NotUtf8Surrogate | [greet]\nwelcome = "\xed\xa0\x80"\n | 2:12 byte 0xED
NotUtf8TooLarge | [greet]\nwelcome = "\xf4\x90\x80\x80"\n | 2:12 byte 0xF4
NotUtf8CutShort | [greet]\nwelcome = "x" # \xe2\x82 | 2:17 byte 0xE2
NotUtf8AsKey | [log]\n\xff = 1\n | 2:1 byte 0xFF
NotUtf8AsAddress | [[listen]]\naddress = "\xff"\n | 2:12 byte 0xFF
Utf16 | \xff\xfe[\x00l\x00 | 1:1 byte 0xFF is not UTF-8
NulInString | [greet]\nwelcome = "a\x00b"\n | 2:13 NUL byte; expected text in UTF-8
NulAfterValue | [[listen]]\nport = 1\x00\n | 2:9 NUL byte
ByteOrderMarkThenFault | \xef\xbb\xbfport = 1\n | 1:1 unknown key 'port'
# Several faults.
ThreeKinds | [[listen]]\nport = 1\nport = 2\nbacklog = 0\nprotocol = echo\n
  | 3:1 duplicate key 'port'
ThreeSyntax | [log]\nlevel = info\ntarget "auto"\n[greet]\nwelcome = "hi\n | 2:9 info is not a value
ThreeValues | [limits]\nsessions = 0\nidle_timeout = 5\nsession_timeout = "x"\n | 2:12 sessions = 0
  | 3:16 idle_timeout is a whole number | 4:19 session_timeout = "x"
OrderOfTheFile | [log]\nlevel = 1\n[greet]\ndelay = 1\n[[listen]]\nport = "x"\n | 2:9 level
  | 4:9 delay | 6:8 port
TwoOnOneLine | log = {level = 1, target = 2}\n | 1:16 level is | 1:28 target is
WindowsLines | [log]\r\nlevel = info\r\ntarget = 1\r\n | 2:9 info is not a value
DuplicateTableThenFault | [log]\n[log]\n[greet]\ndelay = 1\n | 2:1 duplicate table [log]
FaultInsideArray | listen = [\n  {port = 1},\n  {port = x},\n]\n[log]\nlevel = 7\n
  | 3:11 x is not a value
EncodingAndMore | [greet]\nwelcome = "\xff"\ndelay = 1s\nframing = 1\n | 2:12 byte 0xFF
SyntaxBeforeEncoding | x y\n# \xff\n | 2:3 byte 0xFF
EncodingTwiceOnALine | # \xff \xff\n# \x00\n | 1:3 byte 0xFF
MergeConflict | [log]\n<<<<<<< HEAD\nlevel = "info"\n=======\nlevel = "err"\n>>>>>>> x\n
  | 2:1 found '<'
SyntaxBeforeDeepKey | x y\na.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q = 1\n | 1:3 found 'y'
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
