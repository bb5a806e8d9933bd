{{/* What would run another image than the one that was meant, for "slipway.validate". */}}

{{/* The sentences about the image, as a YAML list: include "slipway.validate.image" . | fromYamlArray */}}
{{- define "slipway.validate.image" -}}
{{- with .Values.image -}}
{{- if and .requireDigest (not .digest) }}
- image.requireDigest is true and image.digest is empty; set image.digest to what the registry says of the pushed image
{{- else if and (eq (toString .tag) "latest") (not .digest) }}
- image.tag is latest, which is another image after each push; set image.tag to a version, or image.digest
{{- end }}
{{- end }}
{{- end -}}
