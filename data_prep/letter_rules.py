"""English letters to phones by rule, for words that no dictionary has.

Rules are tried in order at every position; the first that fits speaks its letters. They follow the plan of the letter-
to-sound rules of Elovitz, Johnson, McHugh and Shore (NRL Report 7948, 1976), in a shorter list of our own.
"""

from __future__ import annotations

import re

_END = r"(?:e|es|ed|er|ers|ing|y|able)\b"
_VOWEL, _NOT = "[aeiouy]", "[^aeiouy]"
_RULES = rf"""
\bkn|gn\b|\bgn|\bpn  N
\bwr|rh|rr  R
\bps  S
\bx  Z
\bmc  M AH K
ght\b  T
igh  AY
eigh  EY
aigh|ough(?=t)|augh(?=t)|aught  AO
ough\b  OW
tion|cian|sion(?<=[ln]sion)|ssion  SH AH N
sion  ZH AH N
tious|cious  SH AH S
cial|tial  SH AH L
ture\b  CH ER
sure\b  ZH ER
tch|ch(?!r|l)  CH
ch  K
sch  S K
sh  SH
th  TH
ph  F
gh\b  F
gh  G
wh  W
ck|cc(?![eiy])|kk|cq  K
qu  K W
que\b  K
ng(?=[aeiou])(?!ing|er\b)  NG G
ng  NG
nk  NG K
mb\b  M
mm  M
nn  N
ll  L
ss  S
tt  T
dd  D
bb  B
pp  P
ff  F
zz  Z
gg  G
dge  JH
bt\b  T
(?<=[td])ed\b  IH D
(?<=[pkfsxc])ed\b|(?<=[cs]h)ed\b  T
(?<=..)ed\b  D
(?<=[szxcg])es\b|(?<=[cs]h)es\b  IH Z
(?<={_VOWEL}{_NOT})es\b  Z
's|s'  Z
'
ould  UH D
our\b|ower  AW ER
ours?(?=[^aeiou])|oar|ore|oor  AO R
ous\b  AH S
ou(?=[pg])|oo(?!k|d\b)  UW
oo  UH
ou  AW
oi|oy  OY
ow(?=[nl]|er|d)  AW
ow  OW
oa|oe\b  OW
(?<=w)or  ER
or  AO R
old  OW L D
o(?={_NOT}{_END})  OW
o\b|o(?=st\b|lt\b)  OW
on\b(?<=..ion|..ton|..son)  AH N
(?<=[mlsn])o(?=n\b|ther|ve\b)  AH
o  AA
aire?|are\b  EH R
(?<=w)ar  AO R
ar(?=[aeiou])  EH R
ar  AA R
au|aw  AO
ai|ay  EY
ae  IY
all\b|al(?=[dt])  AO L
al(?=k)  AO
age\b(?<=...age)  IH JH
able\b  AH B AH L
al\b(?<=..al)  AH L
(?<=..)an\b  AH N
a(?={_NOT}{_END}|[^aeiouyr]i[ao]|ste\b|nge)  EY
(?<=w)a(?!g|x)|(?<=qu)a  AA
a\b|\ba(?={_NOT}{_VOWEL})  AH
a  AE
eau  OW
eer|ere\b|ear\b  IH R
ear  ER
ee|ea|ei|ey\b|ie(?=[^rst]|ve)  IY
eu|ew|ue\b|ui(?=[ct])  UW
er  ER
el\b|le\b(?<={_NOT}le)  AH L
en\b(?<=..en)|em\b(?<=...em)  AH N
ex(?=[aeiou])  IH G Z
e(?={_NOT}e\b)|\be(?={_NOT}{_VOWEL})|\b[drpb]?e\b  IY
(?<={_VOWEL}.)e\b|(?<={_VOWEL}..)e\b|(?<=.)e(?=ly\b|ment|less|ful|ness)
e\b  IY
e  EH
ier\b  IY ER
ies\b|ie\b  IY Z
ied\b  AY D
ir(?={_NOT}|\b)  ER
ire\b  AY ER
ign\b  AY N
ind\b|ild\b(?<=.ild)  AY N D
ique\b  IY K
i(?=[ao])  IY
i(?=ng\b)  IH
i(?={_NOT}(?:e|es|ed|er|ers|ing)\b)|i\b(?<=\b.i)  AY
i\b  IY
i  IH
ur|yr(?={_NOT})  ER
u(?={_NOT}{_END}|\b)  UW
(?<=[gq])u(?=[aei])  W
\buni  Y UW N IH
(?<=p)u(?=[tsl][hl]?\b)  UH
u  AH
\by(?={_VOWEL})  Y
y\b(?<=\b..y)|y(?={_NOT}e)  AY
(?<=pl)y\b|(?<=f)y\b  AY
y\b  IY
y  IH
c(?=[eiy])  S
c  K
g(?=[eiy])(?!et|iv|irl|ift)  JH
g  G
j|dj  JH
(?<={_VOWEL})s(?={_VOWEL})|(?<=[bdglmnrvw])s\b|(?<=[ey])s\b  Z
s(?=ugar|ure)  SH
s  S
x  K S
b  B
d  D
f  F
h(?={_VOWEL})  HH
h
k  K
l  L
m  M
n  N
p  P
q  K
r  R
t  T
v  V
w(?={_VOWEL})  W
w
z  Z
"""
_COMPILED = [
    (re.compile(pattern), tuple(phones.split()))
    for pattern, _, phones in (line.partition("  ") for line in _RULES.strip().splitlines())
]
_NAMES = {
    "a": "EY", "b": "B IY", "c": "S IY", "d": "D IY", "e": "IY", "f": "EH F", "g": "JH IY", "h": "EY CH", "i": "AY",
    "j": "JH EY", "k": "K EY", "l": "EH L", "m": "EH M", "n": "EH N", "o": "OW", "p": "P IY", "q": "K Y UW", "r": "AA R",
    "s": "EH S", "t": "T IY", "u": "Y UW", "v": "V IY", "w": "D AH B AH L Y UW", "x": "EH K S", "y": "W AY", "z": "Z IY",
}  # fmt: skip


def spell(word: str) -> tuple[str, ...]:
    """ARPAbet phones of the letters' names, for words such as 'bbc'."""
    return tuple(phone for letter in word if letter in _NAMES for phone in _NAMES[letter].split())


def sound_out(word: str) -> tuple[str, ...]:
    """ARPAbet phones of a word in small letters a-z and ' by rule; letters are named if none of them is a vowel."""
    if not re.search(_VOWEL, word):
        return spell(word)
    phones: list[str] = []
    position = 0
    while position < len(word):
        for pattern, spoken in _COMPILED:
            if match := pattern.match(word, position):
                phones += spoken
                position = max(match.end(), position + 1)
                break
        else:
            position += 1
    return tuple(phones)
