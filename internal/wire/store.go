package wire

import (
	"container/list"
	"slices"
)

// store keeps copies of frames in the order in which they came, up to
// [MaxKept] bytes.
type store struct {
	order list.List // of kept
	at    map[tuple][]*list.Element
	bytes int
}

// overhead is about what the store needs for each frame beside its bytes.
const overhead = 256

func (k kept) size() int { return len(k.Frame) + overhead }

// put keeps a frame and returns how many it had to forget for that.
func (s *store) put(k kept) (forgotten int64) {
	if s.at == nil {
		s.at = map[tuple][]*list.Element{}
	}
	s.at[k.tuple] = append(s.at[k.tuple], s.order.PushBack(k))
	s.bytes += k.size()
	for ; s.bytes > MaxKept; forgotten++ {
		oldest := s.order.Front().Value.(kept)
		s.remove(s.at[oldest.tuple][0])
	}
	return forgotten
}

// takeAll returns every frame, and keeps none.
func (s *store) takeAll() []kept {
	var out []kept
	for e := s.order.Front(); e != nil; e = e.Next() {
		out = append(out, e.Value.(kept))
	}
	*s = store{}
	return out
}

// take returns the frames of one connection's ends that want chooses, and no
// longer keeps them.
func (s *store) take(t tuple, want func(kept) bool) []kept {
	var out []kept
	for _, e := range slices.Clone(s.at[t]) {
		if k := e.Value.(kept); want(k) {
			out = append(out, k)
			s.remove(e)
		}
	}
	return out
}

// remove forgets one frame.
func (s *store) remove(e *list.Element) {
	k := s.order.Remove(e).(kept)
	s.bytes -= k.size()
	left := s.at[k.tuple]
	if i := slices.Index(left, e); i >= 0 {
		left = slices.Delete(left, i, i+1)
	}
	if s.at[k.tuple] = left; len(left) == 0 {
		delete(s.at, k.tuple)
	}
}
