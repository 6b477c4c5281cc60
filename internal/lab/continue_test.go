package lab

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"testing"
)

func TestAnEmptyBodyThatIsToBeContinuedIsContinued(t *testing.T) {
	l := startLab(t, Config{Dir: t.TempDir()})
	conn, err := net.Dial("tcp", l.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	// The second goes the same way: the connection is still in order.
	for range 2 {
		fmt.Fprint(conn, "PUT /bucket/key HTTP/1.1\r\nHost: lab\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n")
		for _, want := range []int{http.StatusContinue, http.StatusNotFound} {
			res, err := http.ReadResponse(answers, nil)
			if err != nil {
				t.Fatal(err)
			}
			body := make([]byte, max(0, res.ContentLength))
			if _, err := res.Body.Read(body); res.StatusCode != want || want == http.StatusContinue && len(res.Header) != 0 {
				t.Errorf("got %s %v (%s, %v), want %d", res.Status, res.Header, body, err, want)
			}
		}
	}
}
