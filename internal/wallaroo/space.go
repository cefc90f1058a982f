package wallaroo

import (
	"errors"
	"io"
)

// maxSpace is the most white space that an answer may have at a stretch. What people write to be read has a line break
// and some indentation.
const maxSpace = 64 << 10

var errSpace = errors.New("the answer has white space without end")

// spaceReader fails when white space goes on without end: the decoder keeps all of a run and looks at it anew with each
// part that comes, so that some megabytes of it would take minutes. It need not know strings: line breaks and tabs may not
// stand in them, and no name has so many spaces.
type spaceReader struct {
	r   io.Reader
	run int // white space at the end of what was read so far
}

func (s *spaceReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	end := n
	for end > 0 && isSpace(p[end-1]) {
		end--
	}
	if end > 0 {
		s.run = 0
	}
	if s.run += n - end; s.run > maxSpace {
		return 0, errSpace
	}
	return n, err
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\r' || b == '\t' }
