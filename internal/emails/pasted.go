package emails

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Pasted is what a typed or pasted text says.
type Pasted struct {
	// Address is the one address that is surely meant, which is [Valid]; "" if there is
	// none, or more than one.
	Address string
	// Several are the different addresses in a text that has more than one.
	Several []string
	// Name is the text beside Address: a display name or a comment. Rest is what else
	// was left out of the text, such as "mailto:" or ",", but for brackets; Invisible are
	// the invisible characters and the blanks that aren't ASCII. Each is listed once.
	Name      string
	Rest      []string
	Invisible []rune
}

// mark stands for an address in a text.
const mark = "\x00"

// How an address stands in a text, so that the rest is surely not part of it. A group is
// the name or another text that is left out.
var forms = []*regexp.Regexp{
	// jo@example.com, or Email: jo@example.com, twice perhaps
	regexp.MustCompile(`^(?:\pL[\pL -]*[:：]\s+)?[^\pL\pN\x00]*(?:\x00[^\pL\pN\x00]*)+$`),
	// Jo Doe <jo@example.com>, also without its end
	regexp.MustCompile(`(?s)^(.*)(?:[<＜]\s*\x00|[(\[{"“”„«»‹（［〈《「『【]\s*\x00\s*[>)\]}"“”«»›＞）］〉》」』】])[^\pL\pN\x00]*$`),
	// jo@example.com (Jo Doe)
	regexp.MustCompile(`^[^\pL\pN\x00]*\x00[>＞]?(?:\s*[(<]|\s+["“„«\[]|[（＜])([^()<>\[\]{}（）＜＞\x00]*)[)>"”“»\]）＞][^\pL\pN\x00]*$`),
	// Two cells of a table: Jo Doe⇥jo@example.com
	regexp.MustCompile(`^([^\x00]*[\t|])?[^\pL\pN\x00]*\x00[^\pL\pN\x00]*([\t|][^\x00]*)?$`),
}

var (
	mailto = regexp.MustCompile(`(?i)\bmailto:[^\s<>"]+`)
	scheme = regexp.MustCompile(`(?i)\b(?:mailto|smtp):\s*$`)
	// apart is an address with blanks around its "@".
	apart = regexp.MustCompile(`^[^\s@]+\s*@\s*[^\s@]+$`)
)

// ParsePasted reads an address that was typed, or pasted with what is beside it where it
// was copied. Removed is only what is surely not meant: a display name or a comment, the
// scheme and the query of a mailto link (RFC 6068), separators, quotation marks and
// brackets around the address, and invisible characters. A valid address stays as it is.
func ParsePasted(text string) Pasted {
	text = trimBlanks(text)
	if Valid(text) {
		return Pasted{Address: text}
	}
	var p Pasted
	if !utf8.ValidString(text) {
		return p
	}
	text = strings.ToValidUTF8(mailto.ReplaceAllStringFunc(text, unescape), "\uFFFD")
	text, p.Invisible = dropInvisible(text)
	slices.Sort(p.Invisible)
	p.Invisible = slices.Compact(p.Invisible)
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "@") {
		text = strings.Map(narrow, text)
	}
	if apart.MatchString(text) {
		text = strings.Join(strings.Fields(text), "")
	}
	text = p.mark(text)
	if len(p.Several) == 1 && p.leaveOut(text) {
		p.Address, p.Several = p.Several[0], nil
		return p
	}
	if len(p.Several) < 2 {
		return Pasted{}
	}
	return Pasted{Several: p.Several}
}

// trimBlanks trims the blanks that anybody types.
func trimBlanks(text string) string { return strings.Trim(text, " \t\r\n") }

// unescape returns a mailto link without the slashes that some write, and unescaped.
func unescape(link string) string {
	name, rest, _ := strings.Cut(link, ":")
	address, query, asks := strings.Cut(strings.TrimPrefix(rest, "//"), "?")
	if plain, err := url.PathUnescape(address); err == nil {
		address = plain
	}
	if asks {
		address += "?" + query
	}
	return name + ":" + address
}

// narrow returns the ASCII form of a full-width character, as keyboards for Chinese and
// Japanese write them.
func narrow(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '。' || r == '｡':
		return '.'
	}
	return r
}

// mark returns the text with a mark for each address in it. It sets p.Several to the
// different ones, and adds schemes and queries to p.Rest.
func (p *Pasted) mark(text string) string {
	var marked []byte
	seen := make(map[string]bool)
	for {
		at := wordPattern.FindStringIndex(text)
		if at == nil {
			return string(marked) + text
		}
		marked = append(marked, text[:at[0]]...)
		word := text[at[0]:at[1]]
		text = text[at[1]:]
		address, left, right := bare(word)
		if address == "" {
			marked = append(marked, word...)
			continue
		}
		if key := Key(address); !seen[key] {
			seen[key] = true
			p.Several = append(p.Several, address)
		}
		if before := marked[max(0, len(marked)-len("mailto:  ")):]; scheme.Match(before) {
			from := len(marked) - len(before) + scheme.FindIndex(before)[0]
			p.leave(string(marked[from:]))
			marked = marked[:from]
		}
		if strings.HasPrefix(right, "?") && len(right) > 1 {
			end := strings.IndexAny(text+" ", " \t\r\n<>\"()")
			p.leave(right + text[:end])
			right, text = "", text[end:]
		}
		marked = append(marked, left+mark+right...)
	}
}

// bare returns the address in a word, and what is left and right of it there; "" if
// there is none.
func bare(word string) (address, left, right string) {
	if Valid(word) {
		return word, "", ""
	}
	at := strings.IndexByte(word, '@')
	if at < 0 {
		return "", "", ""
	}
	address = word
	if query := strings.IndexByte(word[at:], '?'); query >= 0 {
		address = word[:at+query]
	}
	address = strings.TrimRightFunc(address, func(r rune) bool { return !endsDomain(r) })
	right = word[len(address):]
	bareOf := strings.TrimLeft(address, ".")
	for _, pair := range []string{"''", "‘’", "‚‘", "’’", "``", "**", "__", "~~"} {
		opening, closing := string([]rune(pair)[0]), string([]rune(pair)[1])
		if strings.Contains(right, closing) {
			bareOf = strings.TrimLeft(bareOf, opening)
		}
	}
	if !Valid(bareOf) {
		return "", "", ""
	}
	return bareOf, strings.TrimSuffix(address, bareOf), right
}

// leaveOut reports whether what is beside the address in the marked text is surely not
// part of it, and adds that to p.
func (p *Pasted) leaveOut(marked string) bool {
	for _, form := range forms {
		found := form.FindStringSubmatch(marked)
		if found == nil {
			continue
		}
		p.Name = strings.TrimFunc(strings.ReplaceAll(strings.Join(found[1:], ""), mark, ""), func(r rune) bool {
			return unicode.IsSpace(r) || strings.ContainsRune(`<>[]{},;:"|，；：、،؛“”„«»`, r)
		})
		if p.Name == "" {
			for part := range strings.SplitSeq(marked, mark) {
				p.leave(part)
			}
		}
		return true
	}
	return false
}

// leave adds a text to p.Rest, unless it is nothing but blanks and brackets.
func (p *Pasted) leave(text string) {
	text = strings.Trim(text, " \t\r\n<>()[]{}")
	if text != "" && !slices.Contains(p.Rest, text) {
		p.Rest = append(p.Rest, text)
	}
}
