# The server alone, on nothing: no shell, no package manager, no demo. Built for the platform that it runs on.
FROM golang:1.27.3-trixie AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# Go stamps the commit from .git, which `server version` and the first line of the log tell.
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/server ./cmd/server \
	&& ./scripts/licenses.sh /out/licenses \
	&& install -d /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/licenses /licenses
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/server /server

# A number, so that Kubernetes can see that it is not root (runAsNonRoot).
USER 65532:65532
# SQLite puts what it sorts beside its database: there is no /tmp.
WORKDIR /data
VOLUME /data
ENV DATABASE_URL=sqlite:/data/wallaroo-user-admin.db \
	LISTEN=:8080
# Pages, and metrics, which don't belong outside.
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["/server", "healthcheck"]
ENTRYPOINT ["/server"]
