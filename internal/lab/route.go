package lab

import "net/http"

func (l *Lab) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.Error(w, "", 501) }
