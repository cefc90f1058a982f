package wallaroo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestEndlessWhiteSpaceIsAnError(t *testing.T) {
	const user = `{"users":%s{"a":{"email":"jo@example.com",%s"firstName":"  J  o  "}}}%s`
	short, long := strings.Repeat(" \n\t\r", maxSpace/8), strings.Repeat(" \n\t\r", maxSpace)
	for name, row := range map[string]struct {
		body string
		want error
	}{
		"indented":           {fmt.Sprintf(user, short, short, short), nil},
		"before a value":     {fmt.Sprintf(user, long, "", ""), errSpace},
		"before a name":      {fmt.Sprintf(user, "", long, ""), errSpace},
		"nothing but spaces": {long, errSpace},
	} {
		for how, reader := range map[string]func(io.Reader) io.Reader{
			"at once":      func(r io.Reader) io.Reader { return r },
			"in halves":    iotest.HalfReader,
			"byte by byte": iotest.OneByteReader,
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				n := 0
				err := decodeUsers(&spaceReader{r: reader(strings.NewReader(row.body))}, func(u User) {
					n++
					if u.FirstName != "  J  o  " {
						t.Errorf("read %+v", u)
					}
				})
				if !errors.Is(err, row.want) || row.want == nil && n != 1 {
					t.Errorf("%d users, %v", n, err)
				}
			})
		}
	}
}

// FuzzSpace holds the reader against the plain one: it gives the same bytes, unless it fails because of a long run.
func FuzzSpace(f *testing.F) {
	for _, s := range []string{"", "{}", " \n{ \t}\r\n", "x  y"} {
		f.Add([]byte(s), uint16(3), uint8(2))
	}
	f.Fuzz(func(t *testing.T, text []byte, times uint16, part uint8) {
		body := bytes.Join([][]byte{text, text}, bytes.Repeat([]byte(" "), 2*int(times)))
		got, err := io.ReadAll(&spaceReader{r: partsOf(body, int(part)+1)})
		longest := 0
		for _, run := range strings.FieldsFunc(string(body), func(r rune) bool { return !strings.ContainsRune(" \n\r\t", r) }) {
			longest = max(longest, len(run))
		}
		switch {
		case err == nil && !bytes.Equal(got, body):
			t.Error("it changed what was read")
		case err != nil && (!errors.Is(err, errSpace) || longest <= maxSpace):
			t.Errorf("%v, with %d at a stretch", err, longest)
		case err == nil && longest > maxSpace+2*(int(part)+1):
			t.Errorf("%d at a stretch passed", longest)
		}
	})
}

// partsOf gives a text in parts of a size.
func partsOf(text []byte, size int) io.Reader {
	var parts []io.Reader
	for len(text) > 0 {
		n := min(size, len(text))
		parts = append(parts, bytes.NewReader(text[:n]))
		text = text[n:]
	}
	return io.MultiReader(parts...)
}

// BenchmarkSpace shows what the watch for white space costs a list of 10,000.
func BenchmarkSpace(b *testing.B) {
	var list strings.Builder
	list.WriteString(`{"users": {`)
	for i := range 10_000 {
		if i > 0 {
			list.WriteString(", ")
		}
		fmt.Fprintf(&list, `"id-%d": {"email": "jo%d@example.com", "firstName": "Jo", "enabled": true, "createdTimestamp": 1684355671859}`, i, i)
	}
	list.WriteString(`}}`)
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"without": func(r io.Reader) io.Reader { return r },
		"with":    func(r io.Reader) io.Reader { return &spaceReader{r: r} },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(list.Len()))
			for b.Loop() {
				if err := decodeUsers(wrap(strings.NewReader(list.String())), func(User) {}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
