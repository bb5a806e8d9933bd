{{/* What would not be reached, or not as it was meant, for "slipway.validate". */}}

{{/* The sentences about the HTTPRoute, as a YAML list: include "slipway.validate.route" . | fromYamlArray */}}
{{- define "slipway.validate.route" -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) }}
- httpRoute.enabled is true and no Gateway is named, so nobody would serve it; set httpRoute.parentRefs[0].name to the
  Gateway's name, and .namespace where it is in another one
{{- end }}
{{- end -}}

{{/* The sentences about the network, as a YAML list: include "slipway.validate.network" . | fromYamlArray */}}
{{- define "slipway.validate.network" -}}
{{- with .Values.networkPolicy }}
{{- $outside := or $.Values.ingress.enabled $.Values.httpRoute.enabled }}
{{- if and .enabled $outside (not .gateways) (not .extraIngress) }}
- networkPolicy.enabled is true and nobody from outside is let in, though there is an Ingress or HTTPRoute; set
  networkPolicy.gateways to the namespaces of the controllers that serve it
{{- end }}
{{- if and .enabled (eq $.Values.metrics.monitor.mode "always") (not .prometheus) (not .extraIngress) }}
- networkPolicy.enabled is true and Prometheus is not let in, though there is a monitor; set networkPolicy.prometheus to its
  namespace
{{- end }}
{{- end }}
{{- end -}}

{{/*
The sentences about the certificate, as a YAML list: include "slipway.validate.certificate" . | fromYamlArray
cert-manager makes a Certificate of its own for an Ingress that carries its annotation: two would fight over one Secret.
*/}}
{{- define "slipway.validate.certificate" -}}
{{- if .Values.certificate.enabled }}
{{- if not .Values.certificate.issuerRef.name }}
- certificate.enabled is true and nobody is named to issue it; set certificate.issuerRef.name
{{- end }}
{{- if not (include "slipway.certificateNames" . | fromYamlArray) }}
- certificate.enabled is true and there is no name to issue it for; set certificate.dnsNames, or ingress.hosts, or
  httpRoute.hostnames
{{- end }}
{{- range $name := list "cert-manager.io/issuer" "cert-manager.io/cluster-issuer" }}
{{- if hasKey ($.Values.ingress.annotations | default dict) $name }}
- certificate.enabled is true and ingress.annotations names {{ $name }}, which makes a second certificate; take one of them
  out
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
