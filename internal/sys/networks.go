package sys

// Networks are network namespaces that threads of this process enter, by descriptors that
// are open on them (setns(2)). None is the one that the process is in.
type Networks []int
