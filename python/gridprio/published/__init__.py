"""What operators publish: capacity map, CSV downloads and information model into typed rows and studies."""
